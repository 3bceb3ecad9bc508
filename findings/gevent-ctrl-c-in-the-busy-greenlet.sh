#!/usr/bin/env bash
# What happens: with gevent, Ctrl-C (SIGINT) raises KeyboardInterrupt in the greenlet that is computing at that moment.
# If that one catches BaseException, or has a bare `except:`, the main greenlet hears nothing, and the program goes on.
# With threads the same code is interrupted in the main thread, as Python promises.
#
# Why it surprises: gevent makes threads into greenlets and otherwise keeps their meaning; "signals are handled in the
# main thread" is still true, but all greenlets are the main thread. A load generator with busy users dies in the middle
# of some user's request, and sometimes does not stop at all.
#
# Versions: gevent 26.9.0, Python 3.11.
#
# For users of Hubbub: in locustfiles catch Exception, never BaseException and never with a bare `except:`. The
# one that comes with Hubbub does so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gevent==26.9.0
cat >program.py <<'PY'
import sys
if sys.argv[1] == 'greenlets':
    from gevent import monkey
    monkey.patch_all()
import threading, time

finished = False

def work():
    global finished
    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            sum(range(2_000_000))
            time.sleep(0)
    except BaseException as error:
        print('worker caught', type(error).__name__, flush=True)
    finished = True

threading.Thread(target=work, daemon=True).start()
try:
    time.sleep(0.1)
    print('both run', flush=True)
    while not finished:
        time.sleep(0.5)
    print('main was not interrupted', flush=True)
except KeyboardInterrupt:
    print('main caught KeyboardInterrupt', flush=True)
PY
cat >main.py <<'PY'
import importlib.metadata, platform, signal, subprocess, time

def interrupt(kind):
    program = subprocess.Popen(['venv/bin/python', 'program.py', kind], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout.readline() == 'both run\n'
        # By now the other one computes, but for some microseconds in each 50 ms.
        time.sleep(1)
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=30)
        return out.splitlines()
    finally:
        program.kill()
        program.wait()

results = {kind: interrupt(kind) for kind in ('threads', 'greenlets')}
print('gevent', importlib.metadata.version('gevent'), 'Python', platform.python_version())
for kind, lines in results.items():
    print(f'{kind}:', lines)
assert results['threads'] == ['main caught KeyboardInterrupt']
assert results['greenlets'] == ['worker caught KeyboardInterrupt', 'main was not interrupted']
PY
venv/bin/python main.py
