// What both pages share: requests with the token, errors in the server's words, pictures behind the token.

const key = 'foresee-token';
const dialog = document.getElementById('token-dialog');
let asking = null;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem?.code;
    this.problem = problem;
  }
}

// Asks once for all requests that wait for it.
function askForToken() {
  asking ??= new Promise(resolve => {
    const form = document.getElementById('token-form');
    form.addEventListener('submit', event => {
      event.preventDefault();
      const field = document.getElementById('token');
      sessionStorage.setItem(key, field.value);
      field.value = '';
      dialog.close();
      asking = null;
      resolve();
    }, { once: true });
    dialog.addEventListener('cancel', event => event.preventDefault());
    dialog.showModal();
  });
  return asking;
}

const wait = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

// Sends a request; waits and tries again where the server says when. Throws Refused, or TypeError where there is no server.
export async function send(address, options = {}) {
  for (let tries = 1; ; tries++) {
    const token = sessionStorage.getItem(key);
    const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(address, { ...options, headers });
    if (answer.ok) return answer;
    if (answer.status === 401) {
      if (sessionStorage.getItem(key) === token) sessionStorage.removeItem(key);
      if (!sessionStorage.getItem(key)) await askForToken();
      continue;
    }
    const later = Number(answer.headers.get('Retry-After'));
    if ((answer.status === 503 || answer.status === 429) && later > 0 && tries < 6) {
      await wait(Math.min(later, 20));
      continue;
    }
    throw new Refused(answer.status, await answer.json().catch(() => null));
  }
}

export const get = async address => (await send(address)).json();

export const post = async (address, body, method = 'POST') =>
  (await send(address, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();

// An address that an <img> can show; revoke it when it is no longer shown.
export const picture = async address => URL.createObjectURL(await (await send(address)).blob());

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) made.setAttribute(attribute, value === true ? '' : value);
  made.append(...children);
  return made;
}

export const words = error => error instanceof Refused ? error.message : 'The server does not answer. Is it still running?';

export const percent = share => `${(100 * share).toFixed(1)} %`;

export function alertUser(text) {
  const place = document.getElementById('alert');
  place.textContent = text;
  place.hidden = !text;
}
