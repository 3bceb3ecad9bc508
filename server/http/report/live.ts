/**
 * The script of both pages: asks for the page again and takes over what is in it, so that there is nothing it would draw
 * otherwise than the server does. It stands still while the page is hidden, and while somebody reads with the keyboard
 * or marks something there.
 */
export const live = `'use strict';
const find = (name) => document.querySelector('[data-' + name + ']');
const place = find('live'), again = find('again'), pause = find('pause'), state = find('state');
const every = Number(place.dataset.live);
let paused = false, under, timer;

const say = (words) => { if (state.textContent !== words) state.textContent = words; };
const running = () => say('Live, every ' + (every < 60000 ? every / 1000 + ' s' : every / 60000 + ' min'));

function busy() {
  const marked = getSelection();
  return document.hidden || place.contains(document.activeElement)
    || (!marked.isCollapsed && place.contains(marked.anchorNode));
}

async function refresh() {
  const own = under = new AbortController();
  const late = setTimeout(() => own.abort(), 15000);
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: own.signal, cache: 'no-store' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (paused) return;
    const fresh = page.querySelector('[data-live]');
    if (answer.ok && fresh) {
      if (!busy() && fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
      running();
    } else if (answer.status === 401) say('The pass is over: load the page again.');
    else say('No answer just now (' + answer.status + '). Trying again.');
  } catch {
    if (!paused) say('No answer just now. Trying again.');
  } finally {
    clearTimeout(late);
    if (!paused && under === own) timer = setTimeout(tick, every);
  }
}

function tick() {
  if (!busy()) return refresh();
  say('Waiting while you read');
  timer = setTimeout(tick, Math.min(every, 1000));
}

function set(value) {
  paused = value;
  pause.textContent = paused ? 'Go on' : 'Pause';
  clearTimeout(timer);
  under?.abort();
  if (paused) say('Paused');
  else { running(); tick(); }
}

again.hidden = true;
pause.hidden = false;
pause.addEventListener('click', () => set(!paused));
running();
timer = setTimeout(tick, every);
`
