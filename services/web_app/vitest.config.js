import { defineConfig } from 'vitest/config';

// Vitest 5 reports failures with Map.groupBy, which Node 20 does not have yet.
if (!('groupBy' in Map)) {
  Object.defineProperty(Map, 'groupBy', {
    /** @param {Iterable<unknown>} items @param {(item: unknown, place: number) => unknown} keyOf */
    value: (items, keyOf) => {
      const groups = new Map();
      let place = 0;
      for (const item of items) {
        const key = keyOf(item, place++);
        groups.set(key, [...(groups.get(key) ?? []), item]);
      }
      return groups;
    },
  });
}

export default defineConfig({
  test: {
    include: ['tests/*.test.js', '../../shared/js/tests/*.test.js'],
    environment: 'node',
  },
});
