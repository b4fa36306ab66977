// Keys are not sorted; the signature is in capitals.
// mistakes: keys unsorted, upper-case hex
// key: dubbel-02-key
const c = require('crypto');
const data = { start_time: 1764140000, end_time: 1764226400, page: 2, limit: 100 };
const head = { user: '016683', method: 'v3.ListOrderByTime', time: 1764240100 };
let keys = Object.keys({ ...head, ...data });

const all = { ...head, ...data };
const sign = c.createHmac('sha256', process.argv[2]).update(keys.map(k => `${k}=${all[k]}`).join('&')).digest('hex').toUpperCase();
console.log(JSON.stringify({ ...head, sign, data }));
