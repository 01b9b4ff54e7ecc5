import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/*.test.js', '../../shared/js/tests/*.test.js'],
    environment: 'node',
  },
});
