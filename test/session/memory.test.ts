import { describe, expect, test } from 'vitest';
import { defaultMemoryBytes, Ledger, readMemory, roomInGroups } from '../../src/session/memory.ts';

const MEBIBYTE = 2 ** 20;

describe('what control groups leave', () => {
  const room = (files: Readonly<Record<string, string>>) => roomInGroups((path) => files[path]);
  const unified = {
    '/proc/self/cgroup': '0::/a/b\n',
    '/sys/fs/cgroup/a/memory.max': '1000\n',
    '/sys/fs/cgroup/a/memory.current': '700\n',
    '/sys/fs/cgroup/a/memory.stat': 'anon 400\ninactive_file 200\n',
    '/sys/fs/cgroup/a/b/memory.max': 'max\n',
    '/sys/fs/cgroup/a/b/memory.current': '600\n',
  };

  test('the tightest group above counts, cached files do not', () => {
    expect(room(unified)).toBe(500);
    expect(room({ ...unified, '/sys/fs/cgroup/a/b/memory.max': '650' })).toBe(50);
    expect(room({ ...unified, '/sys/fs/cgroup/a/memory.current': '5000' })).toBe(0);
  });

  test('the older form, in a container that sees the path of its host', () => {
    const files = {
      '/proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/of/the/host\n0::/\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '4096\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1096\n',
      '/sys/fs/cgroup/memory/memory.stat': 'inactive_file 7\ntotal_inactive_file 96\n',
    };
    expect(room(files)).toBe(3096);
  });

  test('nothing where there are none', () => {
    expect(room({})).toBe(Number.POSITIVE_INFINITY);
    expect(defaultMemoryBytes()).toBeGreaterThan(process.memoryUsage.rss());
  });
});

describe('checks side by side', () => {
  const total = 1000 * MEBIBYTE;

  test('one alone may take everything, and answers for the whole process', () => {
    const share = new Ledger(3).open(total);
    const reading = readMemory(share, 10 * MEBIBYTE, 300 * MEBIBYTE);
    expect(reading).toEqual({ bytes: 300 * MEBIBYTE, limitBytes: total });
  });

  test('the largest gives way', () => {
    const ledger = new Ledger(3);
    const [large, small] = [ledger.open(total), ledger.open(total)];
    readMemory(small, 250 * MEBIBYTE, 0);
    const ofLarge = readMemory(large, 700 * MEBIBYTE, 1050 * MEBIBYTE);
    expect(ofLarge).toEqual({ bytes: 800 * MEBIBYTE, limitBytes: 750 * MEBIBYTE });
    const ofSmall = readMemory(small, 250 * MEBIBYTE, 1050 * MEBIBYTE);
    expect(ofSmall).toEqual({ bytes: 350 * MEBIBYTE, limitBytes: 500 * MEBIBYTE });
  });

  test('what has ended leaves its part', () => {
    const ledger = new Ledger(2);
    const [first, second] = [ledger.open(total), ledger.open(total)];
    readMemory(first, 900 * MEBIBYTE, 0);
    expect(readMemory(second, MEBIBYTE, 0).limitBytes).toBe(total / 2);
    ledger.close(first);
    expect(readMemory(second, MEBIBYTE, 0).limitBytes).toBe(total);
    expect(ledger.open(total).slot).toBe(first.slot);
  });
});
