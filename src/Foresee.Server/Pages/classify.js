import { alertUser, element, get, percent, picture, send, words } from '/server.js';

const find = id => document.getElementById(id);
const [drop, results, status] = [find('drop'), find('results'), find('status')];
const mostFiles = 200, atOnce = 3, classesShown = 5, nearestShown = 6;
const waiting = [];
let running = 0, done = 0, all = 0;

const model = get('/v1/model').then(about => {
  const accuracy = about.accuracy === undefined ? '' : ` Accuracy when it was fitted: ${about.accuracy.toFixed(1)} %.`;
  find('model').textContent = `Model ${about.name}, ${about.classes.length} classes, from ${about.labels.toLocaleString('en')} labels.${accuracy}`;
  find('label-link').hidden = !about.label_mode;
  return about;
}).catch(error => alertUser(words(error)));

function take(files) {
  const images = [...files].slice(0, mostFiles);
  if (images.length === 0) return;
  alertUser(files.length > mostFiles ? `Only the first ${mostFiles} of ${files.length} files were taken; for more, use foresee predict.` : '');
  all += images.length;
  find('results-title').hidden = false;
  const cards = images.map(file => ({ file, card: begin(file) }));
  results.prepend(...cards.map(entry => entry.card));
  waiting.push(...cards);
  while (running < atOnce && waiting.length > 0) work();
}

async function work() {
  running++;
  for (let entry; (entry = waiting.shift());) {
    try {
      await classify(entry);
    } catch (error) {
      fail(entry.card, words(error));
    }
    done++;
    tell();
  }
  running--;
}

function tell() {
  const last = results.querySelector('h3')?.textContent ?? '';
  status.textContent = done < all ? `${done} of ${all} images classified` : all === 1 ? `1 image classified: ${last}` : `${all} images classified`;
}

function begin(file) {
  const shown = element('img', { alt: '' });
  shown.addEventListener('error', () => shown.replaceWith(element('p', { class: 'quiet' }, 'This browser has no preview of it.')));
  shown.src = URL.createObjectURL(file);
  return element('li', { class: 'card', 'aria-busy': 'true' },
    element('figure', { class: 'preview' }, shown, element('figcaption', { class: 'quiet' }, file.name || 'pasted image')),
    element('div', { class: 'told' }, element('p', { class: 'quiet' }, 'Being classified…')));
}

async function classify({ file, card }) {
  const about = await model;
  const form = new FormData();
  form.append('image', file, file.name || 'pasted');
  const answer = await (await send(`/v1/classify?nearest=${nearestShown}`, { method: 'POST', body: form })).json();
  show(card, answer.images[0], about, answer.version);
}

function show(card, image) {
  const told = card.querySelector('.told');
  const parts = [element('h3', {}, `${image.label}, ${percent(image.probability)}`)];
  if (image.out_of_place)
    parts.push(element('p', { class: 'warning' }, 'Out of place: this image is unlike those that the model learnt from. Do not rely on its classes.'));
  const others = image.classes.length - classesShown;
  parts.push(element('ul', { class: 'bars', 'aria-label': 'Probabilities' }, ...image.classes.slice(0, classesShown).map(bar)));
  if (others > 0) {
    const rest = percent(image.classes.slice(classesShown).reduce((sum, entry) => sum + entry.probability, 0));
    parts.push(element('p', { class: 'quiet' }, `${others} more ${others === 1 ? 'class' : 'classes'}, ${rest} together`));
  }
  if (image.nearest?.length > 0)
    parts.push(element('h4', { class: 'quiet' }, 'Most like it among the images it learnt from'), element('ul', { class: 'near' }, ...image.nearest.map(near)));
  told.replaceChildren(...parts);
  card.querySelector('img')?.setAttribute('alt', `The image, classified as ${image.label}`);
  card.removeAttribute('aria-busy');
}

function bar(entry) {
  const fill = element('span', { class: 'fill' });
  fill.style.width = `${100 * entry.probability}%`;
  return element('li', {}, element('span', { class: 'class' }, entry.label), element('span', { class: 'track', 'aria-hidden': 'true' }, fill),
    element('span', { class: 'value' }, percent(entry.probability)));
}

function near(entry) {
  const label = entry.label ?? 'no label';
  const item = element('li', {}, element('span', {}, `${label} (${entry.similarity.toFixed(2)})`));
  if (entry.thumbnail) {
    const shown = element('img', { alt: '' });
    picture(entry.thumbnail).then(address => { shown.src = address; item.prepend(shown); }).catch(() => {});
    shown.addEventListener('load', () => URL.revokeObjectURL(shown.src), { once: true });
  }
  return item;
}

function fail(card, text) {
  card.querySelector('.told').replaceChildren(element('h3', {}, 'Not classified'), element('p', { class: 'alert' }, text));
  card.removeAttribute('aria-busy');
}

find('choose').addEventListener('click', () => find('files').click());
find('photograph').addEventListener('click', () => find('camera').click());
for (const input of [find('files'), find('camera')])
  input.addEventListener('change', () => { take(input.files); input.value = ''; });

// Anywhere on the page: a file dropped beside the field must not replace the page.
for (const kind of ['dragenter', 'dragover'])
  document.addEventListener(kind, event => { event.preventDefault(); drop.classList.add('over'); });
document.addEventListener('dragleave', event => { if (!event.relatedTarget) drop.classList.remove('over'); });
document.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer.files);
});
document.addEventListener('paste', event => { if (event.clipboardData.files.length > 0) take(event.clipboardData.files); });
