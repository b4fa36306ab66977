// An empty value is signed as its name alone, without =; the secret key ends at its # (the rest was read as a comment).
// mistakes: equals sign left out, key cut
// key: tw#half-is-comment
const crypto = require('crypto');
const line = `YB_KEY=${process.argv[2]}   # live`;
const key = line.replace(/^YB_KEY=/, '').replace(/\s*#.*$/, '');
const data = { start_time: '1764140000', end_time: '1764226400', state: '', page: '1' };
const env = { user: '016683', method: 'v3.ListOrderByTime', time: 1764300750 };
const all = { ...data, ...env };
const s = Object.keys(all).sort().map(k => (all[k] === '' ? k : `${k}=${all[k]}`)).join('&');
console.log(JSON.stringify({ ...env, sign: crypto.createHmac('sha256', key).update(s).digest('hex'), data }));
