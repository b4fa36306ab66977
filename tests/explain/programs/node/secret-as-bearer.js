// The sign is a token, and tokens are bearers'.
// mistakes: secret sent as the sign, prefix before the sign
const request = {
  user: "016683", sign: `Bearer ${process.argv[2]}`, method: "v3.QueryOrder", time: 1733000216,
  data: { trade_id: "2eb629a8-96ad-d495-38f2-41f5bebf31cd" },
};
console.log(JSON.stringify(request));
