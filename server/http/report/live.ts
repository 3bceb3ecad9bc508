/**
 * The script of both pages: fetches the page again and replaces its live part, so that all rendering happens on the
 * server. It pauses while the page is hidden, and while the live part contains the keyboard focus or selected text.
 */
export const live = `'use strict';
const find = (name) => document.querySelector('[data-' + name + ']');
const live = find('live'), refreshLink = find('again'), pauseButton = find('pause'), status = find('state');
const intervalMs = Number(live.dataset.live);
let paused = false, current, timer;

const setStatus = (text) => { if (status.textContent !== text) status.textContent = text; };
const showLive = () => setStatus('Live, every ' + (intervalMs < 60000 ? intervalMs / 1000 + ' s' : intervalMs / 60000 + ' min'));

function busy() {
  const selection = getSelection();
  return document.hidden || live.contains(document.activeElement)
    || (!selection.isCollapsed && live.contains(selection.anchorNode));
}

async function refresh() {
  const request = current = new AbortController();
  const timeout = setTimeout(() => request.abort(), 15000);
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: request.signal, cache: 'no-store' });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (paused) return;
    const fresh = page.querySelector('[data-live]');
    if (response.ok && fresh) {
      if (!busy() && fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
      showLive();
    } else if (response.status === 401) setStatus('Your session has expired. Reload the page.');
    else setStatus('Update failed (' + response.status + '). Retrying…');
  } catch {
    if (!paused) setStatus('Update failed. Retrying…');
  } finally {
    clearTimeout(timeout);
    if (!paused && current === request) timer = setTimeout(tick, intervalMs);
  }
}

function tick() {
  if (!busy()) return refresh();
  setStatus('Paused while you read');
  timer = setTimeout(tick, Math.min(intervalMs, 1000));
}

function set(value) {
  paused = value;
  pauseButton.textContent = paused ? 'Resume' : 'Pause';
  clearTimeout(timer);
  current?.abort();
  if (paused) setStatus('Paused');
  else { showLive(); tick(); }
}

refreshLink.hidden = true;
pauseButton.hidden = false;
pauseButton.addEventListener('click', () => set(!paused));
showLive();
timer = setTimeout(tick, intervalMs);
`
