// mqtt.js, unchanged: both versions over TCP and WebSocket, every QoS, sessions that go on.
'use strict';
const mqtt = require('mqtt');

const name = process.env.NAME;
const servers = [['tcp', `mqtt://127.0.0.1:${process.env.MQTT_PORT}`]];
if (Number(process.env.MQTT_WS_PORT) > 0) {
  servers.push(['ws', `ws://127.0.0.1:${process.env.MQTT_WS_PORT}/mqtt`]);
}

function check(what, condition) {
  if (!condition) throw new Error(what);
  console.log(`ok: ${what}`);
}

// A connection whose messages wait until somebody asks for them.
async function open(url, version, id, clean) {
  const options = { protocolVersion: version, clientId: id, clean, reconnectPeriod: 0, connectTimeout: 30000 };
  if (version === 5) options.properties = { sessionExpiryInterval: clean ? 0 : 60 };
  const client = mqtt.connect(url, options);
  const arrived = [];
  const waiting = [];
  client.on('message', (topic, payload, packet) => {
    const got = { topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain };
    if (waiting.length) waiting.shift()(got); else arrived.push(got);
  });
  const connack = await new Promise((resolve, reject) => {
    client.on('connect', resolve);
    client.on('error', reject);
  });
  return {
    client,
    present: connack.sessionPresent,
    next: () => arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no message in time')), 30000);
      waiting.push((got) => { clearTimeout(timer); resolve(got); });
    }),
  };
}

async function exercise(kind, url, version) {
  const title = `${kind} v${version}`;
  const topic = `${name}/${kind}/${version}`;
  const id = `js${process.pid}${kind}${version}`;
  const publisher = await open(url, version, `${id}p`, true);
  const subscriber = await open(url, version, `${id}s`, true);
  for (const granted of [0, 1, 2]) {
    await subscriber.client.subscribeAsync(`${topic}/${granted}`, { qos: granted });
    for (const qos of [0, 1, 2]) {
      await publisher.client.publishAsync(`${topic}/${granted}`, `m${qos}`, { qos });
      const got = await subscriber.next();
      if (got.payload !== `m${qos}` || got.qos !== Math.min(granted, qos)) {
        throw new Error(`${title}: ${JSON.stringify(got)} at ${granted}`);
      }
    }
    check(`${title}: every QoS at a subscription of QoS ${granted}`, true);
  }
  await publisher.client.publishAsync(`${topic}/kept`, 'kept', { qos: 1, retain: true });
  await subscriber.client.subscribeAsync(`${topic}/kept`, { qos: 1 });
  check(`${title}: retained`, (await subscriber.next()).retain);
  await publisher.client.publishAsync(`${topic}/kept`, '', { qos: 1, retain: true });
  await subscriber.client.endAsync();

  const away = await open(url, version, id, false);
  await away.client.subscribeAsync(`${topic}/away/#`, { qos: 2 });
  await away.client.endAsync();
  for (let i = 0; i < 20; i++) {
    await publisher.client.publishAsync(`${topic}/away/x`, `${i}`, { qos: i < 10 ? 1 : 2 });
  }
  const back = await open(url, version, id, false);
  check(`${title}: session present`, back.present);
  for (let i = 0; i < 20; i++) {
    const got = await back.next();
    if (got.payload !== `${i}`) throw new Error(`${title}: ${got.payload} instead of ${i}`);
  }
  check(`${title}: nothing missed, in order`, true);
  await back.client.endAsync();
  await (await open(url, version, id, true)).client.endAsync();
  await publisher.client.endAsync();
}

(async () => {
  for (const [kind, url] of servers) {
    for (const version of [4, 5]) await exercise(kind, url, version);
  }
  process.exit(0);
})().catch((error) => {
  console.log(`FAILED: ${error.stack}`);
  process.exit(1);
});
