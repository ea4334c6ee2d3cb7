// Vectors as wide as the registers of the instruction set this translation unit is compiled for.
//
// Compiler vector types, no intrinsics but for reading a mask: one source serves every width.
// Everything here is in an unnamed namespace, so that units compiled for different instruction
// sets share no code that a linker could merge.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

#ifndef HALOGRAD_LANE_BYTES
#if defined(__AVX512F__)
#define HALOGRAD_LANE_BYTES 64
#elif defined(__AVX2__)
#define HALOGRAD_LANE_BYTES 32
#else
#define HALOGRAD_LANE_BYTES 16
#endif
#endif

namespace {

constexpr int kLaneBytes = HALOGRAD_LANE_BYTES;

using DoubleLanes = double __attribute__((vector_size(kLaneBytes)));
using HalfFloatLanes = float __attribute__((vector_size(kLaneBytes / 2)));

template <class T>
struct LaneTypes;

template <>
struct LaneTypes<float> {
  using Value = float __attribute__((vector_size(kLaneBytes)));
  using Bits = std::uint32_t __attribute__((vector_size(kLaneBytes)));
  using Index = std::int32_t __attribute__((vector_size(kLaneBytes)));
};

template <>
struct LaneTypes<double> {
  using Value = DoubleLanes;
  using Bits = std::uint64_t __attribute__((vector_size(kLaneBytes)));
  using Index = std::int64_t __attribute__((vector_size(kLaneBytes)));
};

template <class T>
using Lanes = typename LaneTypes<T>::Value;
template <class T>
using LaneBits = typename LaneTypes<T>::Bits;
template <class T>
using LaneIndex = typename LaneTypes<T>::Index;

template <class T>
constexpr int kLanes = kLaneBytes / static_cast<int>(sizeof(T));

template <class V, class T>
inline V load(const T* from) {
  V lanes;
  __builtin_memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

template <class V, class T>
inline void store(T* to, V lanes) {
  __builtin_memcpy(to, &lanes, sizeof lanes);
}

template <class T>
inline LaneIndex<T> lane_numbers() {
  LaneIndex<T> numbers;
  for (int lane = 0; lane < kLanes<T>; ++lane) numbers[lane] = lane;
  return numbers;
}

// Entries of a table.
template <class Out, class Entry, class Index>
inline Out look_up_each(const Entry* table, Index at) {
  Out found;
  constexpr int n = sizeof(Index) / sizeof at[0];
  for (int lane = 0; lane < n; ++lane) found[lane] = table[at[lane]];
  return found;
}

inline LaneIndex<double> look_up(const std::int32_t* table, LaneIndex<double> at) {
  return look_up_each<LaneIndex<double>>(table, at);
}

inline DoubleLanes look_up(const float* table, LaneIndex<double> at) {
  return look_up_each<DoubleLanes>(table, at);
}

#if defined(__AVX2__)
using EightIndices = int __attribute__((vector_size(32)));
using EightFloats = float __attribute__((vector_size(32)));

inline EightIndices gather(const std::int32_t* table, EightIndices at) {
  return __builtin_ia32_gathersiv8si(at, table, at, EightIndices{} - 1, 4);
}

inline EightFloats gather(const float* table, EightIndices at) {
  const auto all = reinterpret_cast<EightFloats>(EightIndices{} - 1);
  return __builtin_ia32_gathersiv8sf(all, table, at, all, 4);
}

template <class Out, class Eight, class Entry>
inline Out gather_parts(const Entry* table, LaneIndex<float> at) {
  EightIndices places[kLaneBytes / 32];
  Eight found[kLaneBytes / 32];
  __builtin_memcpy(places, &at, sizeof at);
  for (int part = 0; part < kLaneBytes / 32; ++part) found[part] = gather(table, places[part]);
  return load<Out>(found);
}

inline LaneIndex<float> look_up(const std::int32_t* table, LaneIndex<float> at) {
  return gather_parts<LaneIndex<float>, EightIndices>(table, at);
}

inline Lanes<float> look_up(const float* table, LaneIndex<float> at) {
  return gather_parts<Lanes<float>, EightFloats>(table, at);
}
#else
inline LaneIndex<float> look_up(const std::int32_t* table, LaneIndex<float> at) {
  return look_up_each<LaneIndex<float>>(table, at);
}

inline Lanes<float> look_up(const float* table, LaneIndex<float> at) {
  return look_up_each<Lanes<float>>(table, at);
}
#endif

// Memory for n vectors, or for what is read as vectors.
struct ReleaseLanes {
  void operator()(void* memory) const { ::operator delete(memory, std::align_val_t{kLaneBytes}); }
};

template <class U>
using LaneArray = std::unique_ptr<U, ReleaseLanes>;

template <class U>
inline LaneArray<U> lane_array(std::int64_t n) {
  const std::size_t bytes = sizeof(U) * static_cast<std::size_t>(n);
  return LaneArray<U>(static_cast<U*>(::operator new(bytes, std::align_val_t{kLaneBytes})));
}

inline double sum(DoubleLanes lanes) {
  double total = 0;
  for (int lane = 0; lane < kLanes<double>; ++lane) total += lanes[lane];
  return total;
}

inline DoubleLanes folded(Lanes<float> lanes) {
  HalfFloatLanes halves[2];
  __builtin_memcpy(halves, &lanes, sizeof lanes);
  return __builtin_convertvector(halves[0], DoubleLanes) +
         __builtin_convertvector(halves[1], DoubleLanes);
}

inline DoubleLanes folded(DoubleLanes lanes) { return lanes; }

// 1 / x of normal numbers, to 2^-22 or better for float.
inline DoubleLanes reciprocal(DoubleLanes x) { return 1.0 / x; }

inline Lanes<float> reciprocal(Lanes<float> x) {
#if defined(__AVX512F__)
  const Lanes<float> guess = __builtin_ia32_rcp14ps512_mask(x, x, static_cast<unsigned short>(-1));
  return guess * (2.0f - x * guess);
#elif defined(__AVX2__)
  const Lanes<float> guess = __builtin_ia32_rcpps256(x);
  return guess * (2.0f - x * guess);
#else
  return 1.0f / x;
#endif
}

// A sum with a value added in the lanes of a mask.
template <class V, class Mask>
inline V add_where(Mask mask, V sum, V value) {
#if defined(__AVX512F__)
  return mask ? sum + value : sum;  // one instruction there
#else
  return sum + reinterpret_cast<V>(mask & reinterpret_cast<Mask>(value));
#endif
}

template <class V>
inline V larger(V first, V second) {
  return first > second ? first : second;
}

template <class V>
inline V smaller(V first, V second) {
  return first < second ? first : second;
}

// Whether any lane of a comparison holds.
template <class Mask>
inline bool any(Mask mask) {
#if defined(__AVX2__)
  using Quarter = long long __attribute__((vector_size(32)));
  Quarter parts[kLaneBytes / 32];
  __builtin_memcpy(parts, &mask, sizeof mask);
  Quarter all = parts[0];
  for (int part = 1; part < kLaneBytes / 32; ++part) all |= parts[part];
  return !__builtin_ia32_ptestz256(all, all);
#else
  std::uint64_t parts[kLaneBytes / 8], all = 0;
  __builtin_memcpy(parts, &mask, sizeof mask);
  for (std::uint64_t part : parts) all |= part;
  return all != 0;
#endif
}

}  // namespace
