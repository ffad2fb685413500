import { alertUser, element, get, percent, picture, post, Refused, words } from '/server.js';

const find = id => document.getElementById(id);
const [image, classes, status, filter] = [find('image'), find('classes'), find('status'), find('filter')];
const inHand = 6, keys = '1234567890'; // images that no one else is given meanwhile, that in sight with them

// This tab's place at the server: its images in hand, and what it has decided, last at the end.
const client = sessionStorage.getItem('foresee-client') ?? crypto.randomUUID?.() ?? `tab-${Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-')}`;
sessionStorage.setItem('foresee-client', client);
const decisions = JSON.parse(sessionStorage.getItem('foresee-decisions') ?? '[]');

let state = null, queue = [], current = null, fetching = null, unsaved = 0, saving = Promise.resolve(), empty = false;

const say = text => { status.textContent = text; };
const remember = () => {
  sessionStorage.setItem('foresee-decisions', JSON.stringify(decisions.slice(-1000)));
  find('undo').disabled = decisions.length === 0;
};

// --- images -------------------------------------------------------------------------------------------------------

function withPicture(next) {
  next.address = picture(`/v1/label/images/${next.id}`);
  next.address.catch(() => {}); // shown when it is its turn
  return next;
}

async function fetchMore() {
  if (fetching) return fetching;
  fetching = (async () => {
    try {
      await saving; // what is decided is not handed out again
      const doubtful = new Set(pending.map(entry => entry.id)); // the server may hear of them only after it has answered this
      recent.clear();
      const answer = await post('/v1/label/next', { client, count: inHand });
      const known = new Set([current, ...queue].filter(Boolean).map(next => next.id)); // now: one may have come back meanwhile
      const fresh = answer.images.filter(next => !known.has(next.id) && !recent.has(next.id) && !doubtful.has(next.id));
      queue.push(...fresh.map(withPicture));
      empty = answer.images.length === 0 && queue.length === 0;
    } catch (error) {
      alertUser(words(error));
    } finally {
      fetching = null;
    }
  })();
  return fetching;
}

async function forward() {
  release(current);
  current = queue.shift() ?? null;
  if (queue.length < inHand - 1) {
    const more = fetchMore();
    if (!current) {
      showNothing('Looking for an image…');
      await more;
      // What was asked before the last decision may have nothing new.
      for (let tries = 0; tries < 3 && !current && queue.length === 0 && !empty; tries++) await fetchMore();
      current ??= queue.shift() ?? null; // unless one was taken back meanwhile
    }
  }
  await showCurrent();
}

const release = next => next?.address?.then(address => URL.revokeObjectURL(address)).catch(() => {});

function showNothing(text) {
  image.hidden = true;
  find('no-image').hidden = false;
  find('no-image').textContent = text;
  find('name').textContent = '';
  find('guess').hidden = true;
}

async function showCurrent() {
  if (!current) {
    showNothing(empty ? 'Every image has a label, or is in someone else’s hands.' : 'There is no image just now.');
    enable();
    return;
  }
  const shown = current;
  enable();
  find('name').textContent = shown.name;
  showGuess();
  try {
    const address = await shown.address;
    if (current !== shown) return;
    image.src = address;
    image.alt = `Image ${shown.name}`;
    image.hidden = false;
    find('no-image').hidden = true;
  } catch (error) {
    if (current === shown) showNothing(`${shown.name}: ${words(error)} Skip it, or label it by its name.`);
    find('name').textContent = shown.name;
  }
}

function showGuess() {
  const place = find('guess');
  place.hidden = !find('show-guess').checked || !current?.guess;
  if (current?.guess) place.textContent = `The model thinks: ${current.guess.label}, ${percent(current.guess.probability)}`;
}

// --- decisions ----------------------------------------------------------------------------------------------------

const pending = []; // decided, and not yet confirmed by the server
const recent = new Set(); // decided since images were last asked for

// One after the other, in their order; without an answer again and again, until the server is there.
function save(entry, request) {
  pending.push(entry);
  unsaved++;
  saving = saving.then(async () => {
    for (let seconds = 1; ; seconds = Math.min(2 * seconds, 15)) {
      try {
        update(await request());
        alertUser('');
        break;
      } catch (error) {
        if (error instanceof Refused && error.status < 500) {
          alertUser(`${entry.name}: ${error.message}`);
          drop(entry);
          break;
        }
        alertUser(`${unsaved} ${unsaved === 1 ? 'decision is' : 'decisions are'} not saved yet. ${words(error)}`);
        await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
      }
    }
    unsaved--;
    pending.splice(pending.indexOf(entry), 1);
  });
}

function drop(entry) {
  const at = decisions.findIndex(decision => decision.id === entry.id);
  if (at >= 0) decisions.splice(at, 1);
  remember();
}

function decide(label) {
  if (!current) return;
  const entry = { id: current.id, name: current.name, label, guess: current.guess ?? null };
  decisions.push(entry);
  recent.add(entry.id);
  remember();
  if (label === null) save(entry, () => post(`/v1/label/images/${entry.id}/skip`, { client }));
  else save(entry, () => post(`/v1/label/images/${entry.id}`, { client, label }, 'PUT'));
  const labelled = (state?.labelled ?? 0) + pending.filter(other => other.label !== null && other.label !== undefined).length;
  say(label === null ? `Skipped ${entry.name}` : `Labelled ${label}, ${Math.min(labelled, state?.images ?? labelled)} of ${state?.images ?? ''}`);
  filter.value = '';
  applyFilter();
  forward();
}

function undo() {
  const entry = decisions.pop();
  if (!entry) return;
  remember();
  save({ id: entry.id, name: entry.name }, () => post(`/v1/label/images/${entry.id}/undo`, { client }));
  if (current) queue.unshift(current);
  current = withPicture({ id: entry.id, name: entry.name, guess: entry.guess });
  say(entry.label === null ? `Back at ${entry.name}, which was skipped` : `Took back ${entry.label}; ${entry.name} has no label now`);
  showCurrent();
}

// --- classes ------------------------------------------------------------------------------------------------------

function update(next) {
  state = next;
  const names = next.classes.map(entry => entry.name).join('\n');
  if (classes.dataset.names !== names) drawClasses(names);
  next.classes.forEach((entry, i) => { classes.children[i].querySelector('.number').textContent = entry.count; });
  find('progress').max = Math.max(1, next.images);
  find('progress').value = next.labelled;
  const looked = next.looked.done < next.looked.all ? ` The model has looked at ${next.looked.done} of ${next.looked.all}.` : '';
  find('count').textContent = `${next.labelled.toLocaleString('en')} of ${next.images.toLocaleString('en')} labelled`
    + `${next.skipped > 0 ? `, ${next.skipped} skipped` : ''}.${looked}`;
  showModel();
}

function drawClasses(names) {
  classes.dataset.names = names;
  classes.replaceChildren(...state.classes.map((entry, i) => {
    const key = keys[i] ?? null;
    const button = element('button', { type: 'button', 'aria-keyshortcuts': key }, ...(key ? [element('kbd', { 'aria-hidden': 'true' }, key)] : []),
      element('span', { class: 'class' }, entry.name), element('span', { class: 'number', title: 'labels so far' }, ''));
    button.addEventListener('click', () => decide(entry.name));
    return button;
  }));
  find('filter-row').hidden = state.classes.length <= keys.length;
  applyFilter();
  enable();
}

function applyFilter() {
  const wanted = filter.value.trim().toLocaleLowerCase();
  for (const button of classes.children)
    button.hidden = !button.querySelector('.class').textContent.toLocaleLowerCase().includes(wanted);
}

function enable() {
  for (const button of classes.children) button.disabled = !current;
  find('skip').disabled = !current;
  find('undo').disabled = decisions.length === 0;
}

// --- the model ----------------------------------------------------------------------------------------------------

const accuracyWords = accuracy => `${accuracy.mean.toFixed(1)} % (${accuracy.low.toFixed(1)} to ${accuracy.high.toFixed(1)})`;
let earlier = null, announced = null;

function showModel() {
  const labels = state.classes.reduce((sum, entry) => sum + entry.count, 0);
  const { refit, accuracy } = state;
  if (earlier && earlier.version !== state.version) {
    find('accuracy').dataset.before = earlier.accuracy ? accuracyWords(earlier.accuracy) : '';
    fetchGuesses();
  }
  earlier = { version: state.version, accuracy };
  const before = find('accuracy').dataset.before;
  find('accuracy').textContent = `Fitted from ${state.fitted.toLocaleString('en')} labels; `
    + (accuracy ? `accuracy ${accuracyWords(accuracy)}${before ? `, before the refit ${before}` : ''}.` : 'its accuracy was not measured.');
  find('labels-warning').hidden = !state.can_refit || labels >= state.fitted;
  find('labels-warning').textContent = `The model was fitted from ${state.fitted} labels, and the file here has ${labels}. A refit learns from these alone; `
    + 'start the server with the labels that the model was fitted from to keep those.';
  find('refit').hidden = !state.can_refit || refit.state === 'running';
  find('refit').textContent = `Refit with ${labels.toLocaleString('en')} ${labels === 1 ? 'label' : 'labels'}`;
  find('refit-stop').hidden = refit.state !== 'running';
  const time = refit.seconds === undefined ? '' : `${Math.floor(refit.seconds / 60)}:${String(refit.seconds % 60).padStart(2, '0')}`;
  const text = {
    none: '',
    running: `Refitting from ${refit.labels} labels, ${time} of about ${refit.minutes} minutes: ${refit.line ?? ''}`,
    done: `Refitted from ${refit.labels} labels in ${time}; the new model is in use.`,
    stopped: `The refit was stopped after ${time}. The earlier model stays in use.`,
    failed: `The refit failed after ${time}: ${refit.error ?? ''} The earlier model stays in use.`,
  }[refit.state];
  find('refit-status').textContent = text;
  if (refit.state !== announced && announced !== null && text) say(text); // its beginning and its end, not every second of it
  announced = refit.state;
}

// The guesses in hand are the earlier model's.
function fetchGuesses() {
  for (const next of [current, ...queue]) if (next) next.guess = null;
  showGuess();
}

let due = null;

async function poll() {
  clearTimeout(due);
  try {
    if (unsaved === 0) update(await get('/v1/label'));
    if (!current && !fetching) await forward();
  } catch (error) {
    alertUser(words(error));
  }
  clearTimeout(due);
  due = setTimeout(poll, state?.refit.state === 'running' || state?.looked.done < state?.looked.all ? 2000 : 10000);
}

async function act(address) {
  try {
    update(await post(address, {}));
    alertUser('');
    await poll();
  } catch (error) {
    alertUser(words(error));
  }
}

// --- what people do -----------------------------------------------------------------------------------------------

find('undo').addEventListener('click', undo);
find('skip').addEventListener('click', () => decide(null));
find('refit').addEventListener('click', () => act('/v1/label/refit'));
find('refit-stop').addEventListener('click', () => act('/v1/label/refit/stop'));
find('show-guess').addEventListener('change', showGuess);
filter.addEventListener('input', applyFilter);
filter.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return;
  const first = [...classes.children].find(button => !button.hidden);
  if (first) first.click();
});

find('class-form').addEventListener('submit', async event => {
  event.preventDefault();
  const field = find('new-class');
  const name = field.value.trim();
  if (!name) return;
  try {
    update(await post('/v1/label/classes', { name }));
    field.value = '';
    field.blur();
    say(`Added the class ${name}`);
    alertUser('');
  } catch (error) {
    alertUser(words(error));
  }
});

find('keys').checked = localStorage.getItem('foresee-keys') !== 'off';
const showKeys = () => document.body.classList.toggle('no-keys', !find('keys').checked);
find('keys').addEventListener('change', () => {
  localStorage.setItem('foresee-keys', find('keys').checked ? 'on' : 'off');
  showKeys();
});
showKeys();

const typing = target => target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]') !== null;

document.addEventListener('keydown', event => {
  if (!find('keys').checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)
    || document.querySelector('dialog[open]')) return;
  const number = event.key.length === 1 ? keys.indexOf(event.key) : -1;
  if (number >= 0 && state?.classes[number]) decide(state.classes[number].name);
  else if (event.key === 'u' || event.key === 'U' || event.key === 'Backspace') undo();
  else if (event.key === 's' || event.key === 'S') decide(null);
  else if (event.key === 'n' || event.key === 'N') find('new-class').focus();
  else return;
  event.preventDefault();
});

addEventListener('beforeunload', event => { if (unsaved > 0) event.preventDefault(); });

remember();
poll();
