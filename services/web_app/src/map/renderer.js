/**
 * Draws the map with WebGL2: the ground in one draw call, all points in another.
 *
 * It knows nothing of sounds, pointers or layouts' meaning. Every array stays in memory here, because a browser may
 * take the graphics context away at any time and hand out an empty one.
 */
import { GROUND_FRAGMENT, GROUND_VERTEX, POINTS_FRAGMENT, POINTS_VERTEX } from './shaders.js';
import { TERRAIN_MARGIN, TERRAIN_SIDE } from './terrain.js';

/** @typedef {import('./camera.js').Camera} Camera */
/** @typedef {[number, number, number]} Rgb 0…1 */

/** Bits of a point's flags. */
export const FLAG_KEPT = 1;
export const FLAG_ARRIVING = 2;

/**
 * @typedef {object} Look
 * @property {Rgb} ground
 * @property {[number, number, number, number]} filteredOut colour of what is not in the filter
 * @property {number} fillAlpha
 * @property {number} lineAlpha
 */

export class Renderer {
  #from = /** @type {Float32Array} */ (new Float32Array(0));
  #to = /** @type {Float32Array} */ (new Float32Array(0));
  #codes = /** @type {Uint8Array} */ (new Uint8Array(0));
  #flags = /** @type {Uint8Array} */ (new Uint8Array(0));
  #palette = /** @type {Uint8Array} */ (new Uint8Array(1024));
  /** @type {import('./terrain.js').Terrain | null} */
  #terrain = null;
  /** @type {Look} */
  #look = { ground: [0, 0, 0], filteredOut: [0.5, 0.5, 0.5, 0.12], fillAlpha: 0.2, lineAlpha: 0.3 };
  /** @type {GpuState | null} */
  #gpu = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} onRestored asks for a new frame after the context came back
   * @throws {Error} when the browser has no WebGL2
   */
  constructor(canvas, onRestored) {
    this.canvas = canvas;
    const gl = canvas.getContext('webgl2', { antialias: false, alpha: false, powerPreference: 'high-performance' });
    if (!gl) throw new Error('This browser offers no WebGL2, which the map is drawn with.');
    this.gl = gl;
    this.#gpu = createGpuState(gl);
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.#gpu = null;
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.#gpu = createGpuState(gl);
      this.#uploadAll();
      onRestored();
    });
  }

  /**
   * @param {Float32Array} from 2n, where each point comes from
   * @param {Float32Array} to 2n, where it goes
   * @param {Uint8Array} codes palette index
   * @param {Uint8Array} flags FLAG_KEPT, FLAG_ARRIVING
   */
  setPoints(from, to, codes, flags) {
    [this.#from, this.#to, this.#codes, this.#flags] = [from, to, codes, flags];
    this.#upload('from', from);
    this.#upload('to', to);
    this.#upload('codes', codes);
    this.#upload('flags', flags);
  }

  /** @param {Uint8Array} codes */
  setCodes(codes) {
    this.#codes = codes;
    this.#upload('codes', codes);
  }

  /** @param {Uint8Array} flags */
  setFlags(flags) {
    this.#flags = flags;
    this.#upload('flags', flags);
  }

  /** @param {Uint8Array} palette 256 RGBA entries */
  setPalette(palette) {
    this.#palette = palette;
    this.#uploadPalette();
  }

  /** @param {import('./terrain.js').Terrain | null} terrain */
  setTerrain(terrain) {
    this.#terrain = terrain;
    this.#uploadTerrain();
  }

  /** @param {Look} look */
  setLook(look) {
    this.#look = look;
  }

  /**
   * @param {object} frame
   * @param {Camera} frame.camera
   * @param {number} frame.pixelRatio
   * @param {number} frame.progress 0…1 from `from` to `to`
   * @param {number} frame.pointSize CSS pixels
   * @param {number} frame.alpha
   * @param {number} frame.terrainStrength 0…1
   */
  draw({ camera, pixelRatio, progress, pointSize, alpha, terrainStrength }) {
    const { gl, canvas } = this;
    const gpu = this.#gpu;
    if (!gpu || gl.isContextLost()) return;
    const [r, g, b] = this.#look.ground;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(r, g, b, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const scaleX = (2 * camera.zoom * pixelRatio) / canvas.width;
    const scaleY = (2 * camera.zoom * pixelRatio) / canvas.height;
    if (this.#terrain && terrainStrength > 0) {
      const { program, at } = gpu.ground;
      gl.useProgram(program);
      gl.uniform4f(at('view'), camera.x, camera.y, scaleX, scaleY);
      gl.uniform1f(at('margin'), TERRAIN_MARGIN);
      gl.uniform1i(at('height'), 1);
      gl.uniform1i(at('tint'), 2);
      gl.uniform3f(at('ground'), r, g, b);
      gl.uniform1f(at('strength'), terrainStrength);
      gl.uniform1f(at('levels'), 9);
      gl.uniform1f(at('lineAlpha'), this.#look.lineAlpha);
      gl.uniform1f(at('fillAlpha'), this.#look.fillAlpha);
      gl.disable(gl.BLEND);
      gl.bindVertexArray(null);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    const n = this.#codes.length;
    if (n === 0) return;
    const { program, at } = gpu.points;
    gl.useProgram(program);
    gl.uniform4f(at('view'), camera.x, camera.y, scaleX, scaleY);
    gl.uniform1f(at('progress'), progress);
    gl.uniform1f(at('sizePx'), pointSize * pixelRatio);
    gl.uniform1f(at('alpha'), alpha);
    gl.uniform4f(at('filteredOut'), ...this.#look.filteredOut);
    gl.uniform3f(at('ground'), r, g, b);
    gl.uniform1i(at('palette'), 0);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(gpu.vertexArray);
    gl.drawArrays(gl.POINTS, 0, n);
  }

  #uploadAll() {
    this.setPoints(this.#from, this.#to, this.#codes, this.#flags);
    this.#uploadPalette();
    this.#uploadTerrain();
  }

  /**
   * @param {'from' | 'to' | 'codes' | 'flags'} name
   * @param {Float32Array | Uint8Array} data
   */
  #upload(name, data) {
    if (!this.#gpu) return;
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#gpu.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
  }

  #uploadPalette() {
    if (!this.#gpu) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, this.#palette);
  }

  #uploadTerrain() {
    if (!this.#gpu || !this.#terrain) return;
    const { gl } = this;
    const { height, tint } = this.#terrain;
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, TERRAIN_SIDE, TERRAIN_SIDE, 0, gl.RED, gl.FLOAT, height);
    gl.activeTexture(gl.TEXTURE2);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, TERRAIN_SIDE, TERRAIN_SIDE, 0, gl.RGBA, gl.UNSIGNED_BYTE, tint);
  }
}

/** @typedef {{ program: WebGLProgram, at: (uniform: string) => WebGLUniformLocation | null }} Program */
/**
 * @typedef {object} GpuState everything that dies with the context
 * @property {Program} points
 * @property {Program} ground
 * @property {WebGLVertexArrayObject} vertexArray
 * @property {Record<'from' | 'to' | 'codes' | 'flags', WebGLBuffer>} buffers
 */

/**
 * @param {WebGL2RenderingContext} gl
 * @returns {GpuState}
 */
function createGpuState(gl) {
  const points = createProgram(gl, POINTS_VERTEX, POINTS_FRAGMENT);
  const ground = createProgram(gl, GROUND_VERTEX, GROUND_FRAGMENT);
  const vertexArray = gl.createVertexArray();
  gl.bindVertexArray(vertexArray);
  const buffers = {
    from: attribute(gl, 0, (slot) => gl.vertexAttribPointer(slot, 2, gl.FLOAT, false, 0, 0)),
    to: attribute(gl, 1, (slot) => gl.vertexAttribPointer(slot, 2, gl.FLOAT, false, 0, 0)),
    codes: attribute(gl, 2, (slot) => gl.vertexAttribIPointer(slot, 1, gl.UNSIGNED_BYTE, 0, 0)),
    flags: attribute(gl, 3, (slot) => gl.vertexAttribIPointer(slot, 1, gl.UNSIGNED_BYTE, 0, 0)),
  };
  gl.bindVertexArray(null);
  for (const [unit, filter] of /** @type {const} */ ([[0, gl.NEAREST], [1, gl.LINEAR], [2, gl.LINEAR]])) {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }
  return { points, ground, vertexArray, buffers };
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} slot
 * @param {(slot: number) => void} describe
 */
function attribute(gl, slot, describe) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(slot);
  describe(slot);
  return buffer;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 * @returns {Program}
 */
function createProgram(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of /** @type {const} */ ([[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new Error(`The map's shader does not compile: ${gl.getShaderInfoLog(shader)}`);
    }
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(program)}`);
  }
  const locations = /** @type {Record<string, WebGLUniformLocation | null>} */ ({});
  return {
    program,
    at: (uniform) => (locations[uniform] ??= gl.getUniformLocation(program, uniform)),
  };
}
