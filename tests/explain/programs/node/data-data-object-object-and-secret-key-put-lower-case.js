// Data is signed as data=[object Object]; the secret key is put in lower case.
// mistakes: data nested, key in other case
// key: DUBBEL-Elf-Key
const { createHmac } = require('crypto');
const secret = process.argv[2].trim().toLowerCase();
const body = { user: '016683', method: 'v3.CancelPayment', time: 1764241000, data: { trade_id: '4a49ffb3-a30f-ba92-9422-1969afb6f121' } };
const p = { ...body };
const s = Object.keys(p).sort().map(k => `${k}=${p[k]}`).join('&');
body.sign = createHmac('sha256', secret).update(s).digest('hex');
console.log(JSON.stringify(body));
