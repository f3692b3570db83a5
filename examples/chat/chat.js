// A chat over the JSON feed of a node: /v1/tokens for the way in, /v1/feed for everything else.
//
//   chat/rooms/ROOM        retained: the room exists
//   chat/ROOM/said/N       retained: what was said, the last 50 of a room by turns
//   chat/ROOM/here/ID      retained, and the will of each connection: who is here
//   chat/ROOM/typing/ID    not retained, quality of service 0
'use strict';

const KEPT = 50, BEAT = 20_000, GONE = 60_000;
const $ = id => document.getElementById(id);
const me = {id: crypto.getRandomValues(new Uint32Array(2)).join('-'), name: '', room: ''};
const said = new Map();       // messages of the room by their topic
const here = new Map();       // people in the room by their id
const rooms = new Set();
const acks = new Map();       // what to do when the node has it on disk
let login = null, socket = null, next = 1, newest = 0, typed = 0, typingTimer = 0;

const tidy = text => text.trim().toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/^-+|-+$/g, '');

// ---- the connection

async function token() {
  const answer = await fetch('/v1/tokens', {
    method: 'POST',
    headers: {'Content-Type': 'application/json', Authorization: 'Basic ' + base64(login.user + ':' + login.password)},
    body: JSON.stringify({subscribe: ['chat/#'], publish: ['chat/#']}),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.error), {refused: answer.status < 500});
  return said.token;
}

const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function connect() {
  const address = new URL('/v1/feed', location);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('access_token', await token());
  const opening = new WebSocket(address, 'parley.json.v1');
  socket = opening;
  opening.onopen = () => {
    state('connected', true);
    subscribe('chat/rooms/+');
    enter();
  };
  opening.onmessage = event => hear(JSON.parse(event.data));
  opening.onclose = () => {
    if (socket === opening) {
      socket = null;
      acks.clear();
      state('connecting again…', false);
      setTimeout(again, 1000);
    }
  };
}

const again = () => connect().catch(() => setTimeout(again, 3000));

function tell(command, done) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  const id = next++;
  if (done) acks.set(id, done);
  socket.send(JSON.stringify({id, ...command}));
  return true;
}

const subscribe = filter => tell({op: 'subscribe', filter});
const place = kind => `chat/${me.room}/${kind}`;
const publish = (topic, value, more, done) =>
  tell({op: 'publish', topic, payload: value === null ? '' : JSON.stringify(value), ...more}, done);

function hear(told) {
  switch (told.op) {
    case 'ack': acks.get(told.id)?.(); acks.delete(told.id); break;
    case 'missed': note(`${told.count} messages came faster than this page could read`); break;
    case 'error': acks.delete(told.id); note(told.text); break;
    case 'message': take(told); break;
  }
}

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
  if (kind === 'said' && value) {
    said.set(message.topic, value);
    newest = Math.max(newest, value.number);
    $('typing').textContent = '';
    showSaid();
  } else if (kind === 'here') {
    value ? here.set(key, value) : here.delete(key);
    showHere();
  } else if (kind === 'typing' && value && key !== me.id) {
    showTyping(value.name);
  }
}

// ---- rooms

function enter() {
  publish('chat/rooms/' + me.room, {}, {retain: true});
  const seat = place('here/' + me.id);
  tell({op: 'will', topic: seat, payload: '', retain: true});
  announce();
  for (const kind of ['said', 'here', 'typing']) subscribe(place(kind + '/+'));
}

function announce() {
  if (me.room) publish(place('here/' + me.id), {name: me.name, at: Date.now()}, {retain: true});
}

function move(room) {
  if (!room || room === me.room) return;
  publish(place('here/' + me.id), null, {retain: true});
  for (const kind of ['said', 'here', 'typing']) tell({op: 'unsubscribe', filter: place(kind + '/+')});
  settle(room);
  enter();
  $('text').focus();
}

function settle(room) {
  me.room = room;
  said.clear();
  here.clear();
  newest = 0;
  $('title').textContent = '# ' + room;
  showSaid();
  showHere();
  showRooms();
}

function say(text) {
  const number = ++newest;
  const topic = place('said/' + number % KEPT);
  const value = {number, name: me.name, from: me.id, at: Date.now(), text};
  said.set(topic, {...value, waits: true});
  const sent = publish(topic, value, {retain: true}, () => {
    const shown = said.get(topic);
    if (shown?.number === number && shown.from === me.id) said.set(topic, value);
    showSaid();
  });
  if (!sent) said.delete(topic);
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

function showSaid() {
  const list = $('said');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  let last = null;
  list.replaceChildren(...[...said.values()].sort((a, b) => a.number - b.number || a.at - b.at).map(one => {
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
  if (!said.size) list.append(make('li', 'note', 'Nothing was said here yet.'));
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
