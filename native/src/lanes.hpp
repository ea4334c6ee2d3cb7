// Vectors as wide as the registers of the instruction set this translation unit is compiled for.
//
// Compiler vector types, no intrinsics but for reading a mask: one source serves every width.
// Everything here is in an unnamed namespace, so that units compiled for different instruction
// sets share no code that a linker could merge.
#pragma once

#include <cstdint>

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

template <class T>
inline LaneIndex<T> lane_numbers() {
  LaneIndex<T> numbers;
  for (int lane = 0; lane < kLanes<T>; ++lane) numbers[lane] = lane;
  return numbers;
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
