import { describe, expect, it } from 'vitest';
import { nextView, readPlace, writePlace } from '../src/state/address.js';

/** @type {import('../src/state/address.js').Place} */
const NOWHERE = { map: null, sound: null, colour: null, view: 'map', at: null };

describe('the address of the page', () => {
  it.each(/** @type {[string, Partial<import('../src/state/address.js').Place>][]} */ ([
    ['', {}],
    ['?map=7', { map: '7' }],
    ['?sound=4294967295', { sound: 4294967295 }],
    ['?colour=pitch_hz&view=split', { colour: 'pitch_hz', view: 'split' }],
    ['?map=0f3a-9&sound=12&colour=region&view=list&at=0.5,0.25,3', { map: '0f3a-9', sound: 12, colour: 'region', view: 'list', at: '0.5,0.25,3' }],
    ['?map=a%26b%3Dc%20%C3%A9', { map: 'a&b=c é' }],
  ]))('%s says where one is, and is written in the same words', (search, place) => {
    expect(readPlace(search)).toEqual({ ...NOWHERE, ...place });
    expect(writePlace({ ...NOWHERE, ...place })).toBe(search);
  });
  it('may come without its question mark', () => {
    expect(readPlace('map=7&view=list')).toEqual({ ...NOWHERE, map: '7', view: 'list' });
  });
  it.each(['?sound=0', '?sound=-4', '?sound=1.5', '?sound=abc', '?sound=', '?sound=1e99', '?view=globe', '?view=', '?unknown=1'])(
    '%s says nothing', (search) => expect(readPlace(search)).toEqual(NOWHERE));
});

describe('an address from elsewhere', () => {
  it('writes back nothing but what it read', () => {
    const place = readPlace('?at=' + encodeURIComponent('1,2&sound=7'));
    expect(readPlace(writePlace(place))).toEqual({ ...NOWHERE, at: '1,2&sound=7' });
  });
});

describe('the views', () => {
  it('follow each other in a circle', () => {
    expect([nextView('map'), nextView('split'), nextView('list')]).toEqual(['split', 'list', 'map']);
  });
});
