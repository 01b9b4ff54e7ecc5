/** Keeps the keyboard where it was when the control that was used goes away by what it did. */
import { tick } from 'svelte';

/**
 * @param {Promise<void>} wish what the control does
 * @param {(HTMLElement | null | undefined)[]} places where the focus goes then: the first one that is still there
 */
export async function keepFocus(wish, ...places) {
  await wish;
  await tick();
  if (document.activeElement === document.body) places.find((place) => place?.isConnected)?.focus();
}
