// Names and values are put in double quotes in the string; order_id is signed as a number without leading zeros.
// mistakes: numbers reformatted, values quoted
// key: dubbel-15-key
const crypto = require('crypto');
const q = v => JSON.stringify(String(v));
const head = { user: '016683', method: 'v3.QueryOrder', time: 1764241400 };
const data = { order_id: '000098123' };
const sign = ({ ...p }) => {
  p.order_id = Number(p.order_id);
  const s = Object.keys(p).sort().map(k => q(k) + '=' + q(p[k])).join('&');
  return crypto.createHmac('sha256', process.argv[2]).update(s).digest('hex');
};
console.log(JSON.stringify({ ...head, sign: sign({ ...head, ...data }), data }));
