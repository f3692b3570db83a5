// A chat on a node: /v1/tokens is the way in. What is said is a stream, read as server-sent events with its
// history; everything else goes over the JSON feed.
//
//   chat/rooms/ROOM        retained: the room exists
//   chat/ROOM/said         what was said; kept by the stream "chat"
//   chat/ROOM/here/ID      retained, and the will of each connection: who is here
//   chat/ROOM/typing/ID    not retained, quality of service 0
'use strict';

const KEPT = 10_000, SHOWN = 500, BEAT = 20_000, GONE = 60_000;
const $ = id => document.getElementById(id);
const me = {id: crypto.getRandomValues(new Uint32Array(2)).join('-'), name: '', room: ''};
const said = new Map();       // messages of the room by their id, in the order of the stream
const waiting = new Map();    // those of our own that are not on disk yet
const here = new Map();       // people in the room by their id
const rooms = new Set();
let login = null, socket = null, history = null, last = '', next = 1, typed = 0, typingTimer = 0;

const tidy = text => text.trim().toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/^-+|-+$/g, '');

// ---- the connection

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: {'Content-Type': 'application/json', Authorization: 'Basic ' + base64(login.user + ':' + login.password)},
    body: JSON.stringify(body),
  });
  return {ok: answer.ok, ...await answer.json()};
}

async function token() {
  const given = await ask('POST', '/v1/tokens', {subscribe: ['chat/#', '$stream/chat'], publish: ['chat/#']});
  if (!given.ok) throw new Error(given.error);
  return given.token;
}

const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function connect() {
  const access = await token();
  const address = new URL('/v1/feed', location);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('access_token', access);
  listen(access);
  const opening = new WebSocket(address, 'parley.json.v1');
  socket = opening;
  opening.onopen = () => {
    state('connected', true);
    subscribe('chat/rooms/+');
    enter();
    // Whether these arrived nobody knows; who has them already knows them by their ids.
    for (const {room, waits, ...value} of waiting.values()) publish(`chat/${room}/said`, value);
  };
  opening.onmessage = event => hear(JSON.parse(event.data));
  opening.onclose = () => {
    if (socket === opening) {
      socket = null;
      history.close();
      state('connecting again…', false);
      setTimeout(again, 1000);
    }
  };
}

// Goes on behind the last message that was heard: nothing is missed or comes twice, whoever was away.
function listen(access) {
  const address = new URL('/v1/streams/chat/events', location);
  address.searchParams.set('access_token', access);
  address.searchParams.set('offset', 'first');
  if (last) address.searchParams.set('lastEventId', last);
  history = new EventSource(address);
  history.addEventListener('message', event => {
    last = event.lastEventId;
    keep(JSON.parse(event.data));
  });
  history.addEventListener('missed', () => note('Some of what was said is kept no more.'));
}

const again = () => connect().catch(() => setTimeout(again, 3000));

function tell(command) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify({id: next++, ...command}));
  return true;
}

const subscribe = filter => tell({op: 'subscribe', filter});
const place = kind => `chat/${me.room}/${kind}`;
const publish = (topic, value, more) =>
  tell({op: 'publish', topic, payload: value === null ? '' : JSON.stringify(value), ...more});

function hear(told) {
  switch (told.op) {
    case 'missed': note(`${told.count} messages came faster than this page could read`); break;
    case 'error': note(told.text); break;
    case 'message': take(told); break;
  }
}

// Whoever may publish may publish anything: what is not in our form is none of ours.
const isText = (value, most) => typeof value === 'string' && value.length <= most;
const isPerson = value => typeof value === 'object' && value !== null && isText(value.name, 100);
const isSaid = value =>
  isPerson(value) && isText(value.id, 100) && isText(value.from, 100) && value.id.startsWith(value.from + '/')
  && Number.isFinite(value.at) && isText(value.text, 1_000_000);

function take(message) {
  const [, room, kind, key] = message.topic.split('/');
  if (room === 'rooms') {
    rooms.add(kind);
    showRooms();
    return;
  }
  if (room !== me.room) return;
  let value = null;
  try {
    value = message.payload ? JSON.parse(message.payload) : null;
  } catch {
    return; // none of ours
  }
  if (kind === 'here') {
    isPerson(value) && Number.isFinite(value.at) ? here.set(key, value) : here.delete(key);
    showHere();
  } else if (kind === 'typing' && isPerson(value) && key !== me.id) {
    showTyping(value.name);
  }
}

// ---- rooms

function enter() {
  publish('chat/rooms/' + me.room, {}, {retain: true});
  const seat = place('here/' + me.id);
  tell({op: 'will', topic: seat, payload: '', retain: true});
  announce();
  for (const kind of ['here', 'typing']) subscribe(place(kind + '/+'));
}

function announce() {
  if (me.room) publish(place('here/' + me.id), {name: me.name, at: Date.now()}, {retain: true});
}

function move(room) {
  if (!room || room === me.room) return;
  publish(place('here/' + me.id), null, {retain: true});
  for (const kind of ['here', 'typing']) tell({op: 'unsubscribe', filter: place(kind + '/+')});
  settle(room);
  enter();
  $('text').focus();
}

function settle(room) {
  me.room = room;
  here.clear();
  $('title').textContent = '# ' + room;
  showSaid();
  showHere();
  showRooms();
}

function keep(message) {
  const room = message.topic.split('/')[1];
  let value;
  try {
    value = JSON.parse(message.payload);
  } catch {
    return; // none of ours
  }
  if (!isSaid(value)) return;
  waiting.delete(value.id);
  if (said.has(value.id)) return; // said twice, or by somebody in another's name
  said.set(value.id, {...value, room});
  if (said.size > KEPT) said.delete(said.keys().next().value);
  if (room === me.room) {
    $('typing').textContent = '';
    showSoon();
  }
}

function say(text) {
  const value = {id: `${me.id}/${next}`, name: me.name, from: me.id, at: Date.now(), text};
  waiting.set(value.id, {...value, room: me.room, waits: true});
  const sent = publish(place('said'), value);
  if (!sent) waiting.delete(value.id);
  showSaid();
  return sent;
}

// ---- what is seen

const color = name => `hsl(${[...name].reduce((hue, c) => (hue * 31 + c.codePointAt(0)) % 360, 7)} 48% 46%)`;

function make(tag, type, text) {
  const made = document.createElement(tag);
  made.className = type;
  made.textContent = text;
  return made;
}

function face(name) {
  const made = make('span', 'face', [...name].slice(0, 2).join('').toUpperCase());
  made.style.background = color(name);
  return made;
}

// Once for all that comes at the same time, as history does.
let soon = 0;
const showSoon = () => { soon ||= setTimeout(() => { soon = 0; showSaid(); }, 20); };

function showSaid() {
  const shown = [...said.values(), ...waiting.values()].filter(one => one.room === me.room).slice(-SHOWN);
  const list = $('said');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  let last = null;
  list.replaceChildren(...shown.map(one => {
    const first = !last || last.from !== one.from || one.at - last.at > 300_000;
    last = one;
    const line = make('li', [first && 'first', one.from === me.id && 'mine', one.waits && 'waits'].filter(Boolean).join(' '), '');
    line.append(face(one.name));
    if (first) {
      const who = make('div', 'who', one.name);
      who.append(make('time', '', new Date(one.at).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})));
      line.append(who);
    }
    line.append(make('div', 'what', one.text));
    return line;
  }));
  if (!shown.length) list.append(make('li', 'note', 'Nothing was said here yet.'));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function note(text) {
  $('said').append(make('li', 'note', text));
  $('said').scrollTop = $('said').scrollHeight;
}

function showHere() {
  const now = Date.now();
  const people = [...here].filter(([, one]) => now - one.at < GONE).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  $('here').replaceChildren(...people.map(([id, one]) => {
    const line = make('li', id === me.id ? 'me' : '', '');
    line.append(face(one.name), make('span', '', one.name));
    return line;
  }));
  $('count').textContent = people.length === 1 ? 'you are alone here' : people.length + ' people here';
}

function showRooms() {
  $('rooms').replaceChildren(...[...new Set([...rooms, me.room])].sort().map(room => {
    const line = make('li', room === me.room ? 'now' : '', '');
    const button = make('button', '', room);
    button.onclick = () => move(room);
    line.append(button);
    return line;
  }));
}

function showTyping(name) {
  $('typing').textContent = name + ' is typing…';
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { $('typing').textContent = ''; }, 2500);
}

function state(text, on) {
  $('state').textContent = text;
  $('state').className = on ? 'on' : '';
}

// ---- what people do

$('door').onsubmit = async event => {
  event.preventDefault();
  login = {user: $('user').value, password: $('password').value};
  me.name = $('name').value.trim();
  const room = tidy($('room').value) || 'lobby';
  try {
    settle(room);
    // Made by whoever comes first and may; for others it has to be there.
    await ask('PUT', '/v1/streams/chat', {subjects: ['chat/+/said'], max_messages: KEPT});
    await connect();
    $('door').hidden = true;
    $('chat').hidden = false;
    $('text').focus();
    setInterval(() => { announce(); showHere(); }, BEAT);
  } catch (failure) {
    $('refusal').textContent = failure.message;
  }
};

$('open').onsubmit = event => {
  event.preventDefault();
  move(tidy($('opening').value));
  $('opening').value = '';
};

$('say').onsubmit = event => {
  event.preventDefault();
  const text = $('text').value.trim();
  if (text && say(text)) $('text').value = '';
};

$('text').oninput = () => {
  if (Date.now() - typed > 1500) {
    typed = Date.now();
    publish(place('typing/' + me.id), {name: me.name}, {qos: 0});
  }
};
