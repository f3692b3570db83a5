// Events with fetch and the JSON feed with Node.js' own WebSocket, through a token.
// Called with the address of the HTTP port; prints "ok" at the end.
'use strict';

const base = process.argv[2];
const login = 'Basic ' + Buffer.from('guest:guest').toString('base64');
const json = {'Content-Type': 'application/json'};

async function post(path, body, authorization) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: {...json, Authorization: authorization},
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(path + ': ' + answer.status + ' ' + (await answer.text()));
  return answer.json();
}

async function* events(answer) {
  let text = '';
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = Object.fromEntries(text.slice(0, end).split('\n').map(line => line.split(/: (.*)/s)));
      text = text.slice(end + 2);
      if (event.data) yield {...event, data: JSON.parse(event.data)};
    }
  }
}

async function main() {
  const {token} = await post('/v1/tokens', {subscribe: ['node/#'], publish: ['node/+']}, login);
  const answer = await fetch(base + '/v1/topics/node%2F%23/events?access_token=' + token);
  if (answer.headers.get('content-type') !== 'text/event-stream') throw new Error('no events');
  const stream = events(answer);

  const socket = new WebSocket(base.replace('http', 'ws') + '/v1/feed?access_token=' + token, 'parley.json.v1');
  const heard = [];
  let wake = () => {};
  socket.onmessage = message => { heard.push(JSON.parse(message.data)); wake(); };
  const next = async op => {
    while (!heard.length) await new Promise(done => { wake = done; });
    const said = heard.shift();
    if (said.op !== op) throw new Error('no ' + op + ' but ' + JSON.stringify(said));
    return said;
  };
  await next('welcome');
  socket.send(JSON.stringify({op: 'subscribe', id: 'all', filter: 'node/+'}));
  await next('subscribed');
  await post('/v1/topics/node%2Fa/messages', {body: 'by POST'}, 'Bearer ' + token);
  const first = await next('message');
  if (first.payload !== 'by POST' || first.subscriptions[0] !== 'all') throw new Error(JSON.stringify(first));
  socket.send(JSON.stringify({op: 'publish', id: 1, topic: 'node/b', payload: 'by feed ✓'}));
  const told = [await nextOf(next), await nextOf(next)].sort();
  if (told.join() !== 'ack,message') throw new Error(told.join());

  const seen = [];
  for await (const event of stream) {
    seen.push(event.data.payload);
    if (seen.length === 2) break;
  }
  if (seen.join('; ') !== 'by POST; by feed ✓') throw new Error(seen.join('; '));
  socket.close();
  console.log('ok');
  process.exit(0);

  async function nextOf() {
    while (!heard.length) await new Promise(done => { wake = done; });
    return heard.shift().op;
  }
}

main().catch(failure => {
  console.error(failure);
  process.exit(1);
});
