// Emojis are removed from the string only; the user's number is used as the key.
// mistakes: other character set, user as key
// key: tw-emoji-uidkey
const { createHmac } = require('crypto');
const [USER, SECRET] = ['016683', process.argv[2]];
const sign = (secret, p) => createHmac('sha256', secret).update(Object.keys(p).sort().map(k => `${k}=${String(p[k]).replace(/[\u{10000}-\u{10FFFF}]/gu, '')}`).join('&')).digest('hex');
const data = { pay_method: 'online', sub_pay_method: 'WeChat Pay', order_id: 'E-12', amount: '6.66', currency: 'EUR', description: 'Ballon 🎈 rood', timeout: '0', notify_url: 'https://b.example/n' };
const env = { user: USER, method: 'v3.CreatePayments', time: 1764300710 };
console.log(JSON.stringify({ ...env, sign: sign(USER, { ...env, ...data }), data }));
