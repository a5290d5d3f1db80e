// Philox4x32-10 (Salmon et al., SC 2011), the twin of the host's generator:
// block i, four words, is the cipher of `counter` with i added to its first
// word. Normals are Box-Muller of the same words, to within rounding in f32.
const BLOCK = 1024u; // numbers a workgroup

struct Draw {
  key: vec2<u32>,
  counter: array<u32, 4>,
}
@group(0) @binding(0) var<storage, read> draw: Draw;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// The upper word of a 64-bit product, from products of 16-bit halves.
fn high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let other = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (other >> 16u);
}

fn philox(block: u32) -> vec4<u32> {
  var x = vec4(draw.counter[0] + block, draw.counter[1], draw.counter[2], draw.counter[3]);
  var key = draw.key;
  for (var round = 0u; round < 10u; round++) {
    x = vec4(
      high(x.z, 0xcd9e8d57u) ^ x.y ^ key.x,
      x.z * 0xcd9e8d57u,
      high(x.x, 0xd2511f53u) ^ x.w ^ key.y,
      x.x * 0xd2511f53u,
    );
    key += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

// -2 ln u of u = n / 2^24, n from 1 to 2^24. u = m 2^e with m near 1, where
// ln m = 2 artanh((m - 1) / (m + 1)) by its series: m - 1 is exact, so that
// nothing is lost where u is next to 1.
fn minus_two_log(n: u32) -> f32 {
  let bits = bitcast<u32>(f32(n)); // exact: n has 24 bits
  var e = i32(bits >> 23u) - 151; // 127 + 24
  var m = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (m > 1.4142135) {
    m *= 0.5;
    e += 1;
  }
  let z = (m - 1.0) / (m + 1.0);
  let q = z * z;
  let series = 2.0 * z + z * q * (0.6666666667 + q * (0.4 + q * (0.2857142857 + q * (0.2222222222 + q * 0.1818181818))));
  return -2.0 * (f32(e) * 0.693359375 + (series - f32(e) * 2.12194440e-4));
}

// cos and sin of 2 pi n / 2^24: octants by integers, then Taylor's polynomials
// on at most pi / 4.
fn turn(n: u32) -> vec2<f32> {
  let quarter = (n + 0x200000u) >> 22u;
  let a = f32(i32(n) - i32(quarter << 22u)) * 3.7450702829238413e-7; // 2 pi / 2^24
  let q = a * a;
  let s = a + a * q * (-0.16666666667 + q * (0.0083333333333 + q * (-1.9841269841e-4 + q * 2.7557319224e-6)));
  let c = 1.0 - 0.5 * q + q * q * (0.041666666667 + q * (-0.0013888888889 + q * 2.4801587302e-5));
  switch quarter & 3u {
    case 1u { return vec2(-s, c); }
    case 2u { return vec2(-c, -s); }
    case 3u { return vec2(s, -c); }
    default { return vec2(c, s); }
  }
}

fn pair(a: u32, b: u32) -> vec2<f32> {
  return sqrt(minus_two_log((a >> 8u) + 1u)) * turn(b >> 8u);
}

@compute @workgroup_size(64)
fn integers(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * BLOCK + 4u * lane;
  let end = min(first + BLOCK - 4u * lane, arrayLength(&words));
  for (var at = first; at < end; at += 256u) {
    let x = philox(at / 4u);
    for (var k = 0u; k < 4u; k++) {
      if (at + k < end) { words[at + k] = x[k]; }
    }
  }
}

@compute @workgroup_size(64)
fn normals(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * BLOCK + 4u * lane;
  let end = min(first + BLOCK - 4u * lane, arrayLength(&y));
  for (var at = first; at < end; at += 256u) {
    let x = philox(at / 4u);
    let v = vec4(pair(x.x, x.y), pair(x.z, x.w));
    for (var k = 0u; k < 4u; k++) {
      if (at + k < end) { y[at + k] = v[k]; }
    }
  }
}
