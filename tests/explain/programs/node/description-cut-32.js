// The description is cut to 32 characters in the string, but sent in full.
// mistakes: values cut short
// key: cut-to-32-chars
const crypto = require('crypto');
class Order {
  constructor(fields) { Object.assign(this, fields); }
  forSigning() { return { ...this, description: this.description.substring(0, 32) }; }
}
const order = new Order({ pay_method: 'online', sub_pay_method: 'WeChat Pay', order_id: '77001', amount: '249.00', currency: 'EUR',
  description: 'Elektrische fiets met mand, slot en regenhoes (blauw)', timeout: '0', notify_url: 'https://e.example/n' });
const env = { user: '016683', method: 'v3.CreatePayments', time: 1764300130 };
const flat = { ...order.forSigning(), ...env };
const msg = Object.keys(flat).sort().reduce((acc, k) => acc + (acc && '&') + k + '=' + flat[k], '');
console.log(JSON.stringify({ ...env, sign: crypto.createHmac('sha256', process.argv[2]).update(msg).digest('hex'), data: order }));
