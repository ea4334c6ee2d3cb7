#include "dispatch.hpp"

#include <cstdlib>
#include <cstring>

#include "visibility.hpp"

namespace halograd {

#define HALOGRAD_DECLARE(isa)                                                                   \
  void around_points_##isa##_float(const Problem<float>&, const Output<float>&, std::int64_t,   \
                                   std::int64_t);                                               \
  void around_points_##isa##_double(const Problem<double>&, const Output<double>&, std::int64_t, \
                                    std::int64_t);                                              \
  extern const TableKernel table_kernel_##isa;
HALOGRAD_DECLARE(baseline)
#if defined(HALOGRAD_X86)
HALOGRAD_DECLARE(avx2)
HALOGRAD_DECLARE(avx512)
#endif
#undef HALOGRAD_DECLARE

namespace {

struct Kernels {
  const char* name;
  bool is_supported;
  AroundPoints<float> in_float;
  AroundPoints<double> in_double;
  const TableKernel* of_tables;
};

// The best supported one, no better than the one named in HALOGRAD_ISA, if any. Python refuses a
// name that is not in halograd_instruction_sets() before it counts.
Kernels choose() {
  const Kernels kernels[] = {
#if defined(HALOGRAD_X86)
      {"avx512", __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"),
       around_points_avx512_float, around_points_avx512_double, &table_kernel_avx512},
      {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
       around_points_avx2_float, around_points_avx2_double, &table_kernel_avx2},
#endif
      {"baseline", true, around_points_baseline_float, around_points_baseline_double, &table_kernel_baseline},
  };
  const char* wanted = std::getenv("HALOGRAD_ISA");
  const bool takes_best = !wanted || !*wanted;
  bool is_allowed = takes_best;
  for (const Kernels& kernel : kernels) {
    is_allowed |= !takes_best && std::strcmp(wanted, kernel.name) == 0;
    if (is_allowed && kernel.is_supported) return kernel;
  }
  return kernels[sizeof kernels / sizeof kernels[0] - 1];
}

const Kernels& chosen() {
  static const Kernels kernels = choose();
  return kernels;
}

}  // namespace

const char* instruction_set() { return chosen().name; }

template <>
AroundPoints<float> around_points<float>() {
  return chosen().in_float;
}

template <>
AroundPoints<double> around_points<double>() {
  return chosen().in_double;
}

const TableKernel& table_kernel() { return *chosen().of_tables; }

}  // namespace halograd

extern "C" HALOGRAD_EXPORT const char* halograd_instruction_set() {
  return halograd::instruction_set();
}

// Names that HALOGRAD_ISA may have, best first, between spaces.
extern "C" HALOGRAD_EXPORT const char* halograd_instruction_sets() {
#if defined(HALOGRAD_X86)
  return "avx512 avx2 baseline";
#else
  return "baseline";
#endif
}
