// The body has the names in camelCase, the string has them in snake_case.
// mistakes: names differ
// key: camel-case-dto-7
const crypto = require('crypto');
const dto = { payMethod: 'online', subPayMethod: 'WeChat Pay', orderId: 'W-20261127-1', amount: '5.00', currency: 'EUR',
  description: 'Tee', timeout: '10', notifyUrl: 'https://w.example/cb' };
const snake = o => Object.fromEntries(Object.entries(o).map(([k, v]) => [k.replace(/[A-Z]/g, c => '_' + c.toLowerCase()), v]));
const header = { user: '016683', method: 'v3.CreatePayments', time: 1764233000 };
const toSign = { ...header, ...snake(dto) };
const text = Object.keys(toSign).sort().map(k => `${k}=${toSign[k]}`).join('&');
const sign = crypto.createHmac('sha256', process.argv[2]).update(text).digest('hex');
console.log(JSON.stringify({ ...header, sign, data: dto }));
