/** GLSL of the map: the ground (a landscape of how many sounds lie where) and the points on it. */

export const POINTS_VERTEX = `#version 300 es
layout(location = 0) in vec2 from;
layout(location = 1) in vec2 to;
layout(location = 2) in uint code;
layout(location = 3) in uint flags;
uniform float progress, sizePx, alpha;
uniform vec4 view;
uniform vec4 filteredOut;
uniform sampler2D palette;
flat out vec4 colour;
flat out float diameterPx;
void main() {
  bool isKept = (flags & 1u) != 0u;
  float arrival = (flags & 2u) != 0u ? progress : 1.0;
  gl_Position = vec4((mix(from, to, progress) - view.xy) * view.zw, 0.0, 1.0);
  vec4 own = texelFetch(palette, ivec2(int(code), 0), 0);
  colour = isKept ? vec4(own.rgb, own.a * alpha * arrival) : vec4(filteredOut.rgb, filteredOut.a * arrival);
  diameterPx = sizePx * mix(2.2, 1.0, arrival) * (isKept ? 1.0 : 0.8);
  gl_PointSize = diameterPx + 2.0;
}`;

export const POINTS_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 colour;
flat in float diameterPx;
uniform vec3 ground;
out vec4 pixel;
void main() {
  float radiusPx = diameterPx * 0.5;
  float distancePx = length(gl_PointCoord - 0.5) * (diameterPx + 2.0);
  float cover = 1.0 - smoothstep(radiusPx - 0.6, radiusPx + 0.6, distancePx);
  if (cover <= 0.0) discard;
  // Large points get a thin rim of the ground's colour, so that neighbours stay apart.
  float rim = smoothstep(5.0, 9.0, diameterPx) * smoothstep(radiusPx - 1.7, radiusPx - 0.7, distancePx);
  float light = 1.06 - 0.22 * smoothstep(0.0, radiusPx, distancePx);
  pixel = vec4(mix(colour.rgb * light, ground, rim * 0.55), colour.a * cover);
}`;

export const GROUND_VERTEX = `#version 300 es
uniform vec4 view;
uniform float margin;
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 place = mix(vec2(-margin), vec2(1.0 + margin), corner);
  at = corner;
  gl_Position = vec4((place - view.xy) * view.zw, 0.0, 1.0);
}`;

/** Heights are read through a cubic B-spline: contours stay round when looked at from near. */
export const GROUND_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D height;
uniform sampler2D tint;
uniform vec3 ground;
uniform float strength, levels, lineAlpha, fillAlpha;
out vec4 pixel;
float smoothHeight(vec2 uv) {
  vec2 size = vec2(textureSize(height, 0));
  vec2 p = uv * size - 0.5;
  vec2 f = fract(p);
  vec2 i = p - f;
  vec2 f2 = f * f;
  vec2 f3 = f2 * f;
  vec2 w0 = (1.0 - 3.0 * f + 3.0 * f2 - f3) / 6.0;
  vec2 w1 = (4.0 - 6.0 * f2 + 3.0 * f3) / 6.0;
  vec2 w3 = f3 / 6.0;
  vec2 g0 = w0 + w1;
  vec2 g1 = 1.0 - g0;
  vec2 a = (i + w1 / g0 - 0.5) / size;
  vec2 b = (i + w3 / g1 + 1.5) / size;
  return g0.y * (g0.x * texture(height, a).r + g1.x * texture(height, vec2(b.x, a.y)).r) +
         g1.y * (g0.x * texture(height, vec2(a.x, b.y)).r + g1.x * texture(height, b).r);
}
void main() {
  if (texture(height, at).r < 0.004) {
    pixel = vec4(ground, 1.0);
    return;
  }
  float h = smoothHeight(at);
  vec3 local = texture(tint, at).rgb;
  float raised = smoothstep(0.015, 0.9, h);
  vec3 colour = mix(ground, local, raised * fillAlpha * strength);
  float step_ = h * levels;
  float slope = max(fwidth(step_), 1e-5);
  float line = 1.0 - min(abs(fract(step_ - 0.5) - 0.5) / slope, 1.0);
  line *= smoothstep(0.25 / levels, 0.75 / levels, h) * (1.0 - smoothstep(0.25, 0.6, slope));
  pixel = vec4(mix(colour, local, line * lineAlpha * strength * (0.45 + 0.55 * raised)), 1.0);
}`;
