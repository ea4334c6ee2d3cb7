// XLA's entry points: buffers in, sums out.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "columns.hpp"
#include "dispatch.hpp"
#include "geometry.hpp"
#include "grid.hpp"
#include "parallel.hpp"
#include "visibility.hpp"
#include "xla/ffi/api/ffi.h"

namespace halograd {
namespace {

namespace ffi = xla::ffi;

// float64 arrays travel as pairs of 32-bit words: JAX would round them outside of x64 mode.
using Words = ffi::Buffer<ffi::U32>;
using Integers = ffi::Buffer<ffi::S32>;

const double* doubles(const Words& words) {
  return reinterpret_cast<const double*>(words.typed_data());
}

constexpr std::int64_t kPointsPerTask = 256;
constexpr std::int64_t kMaxTasks = 4096;
template <ffi::DataType kType, class T = ffi::NativeType<kType>>
ffi::Error pair_sums(ffi::ThreadPool pool, Words first, Integers first_rows, Words second,
                     Integers second_rows, Integers starts, Words box, Integers shape, Words edges,
                     Words sight_edges, Words polynomials, ffi::Buffer<kType> first_weights,
                     ffi::Buffer<kType> second_weights, ffi::Buffer<kType> cotangent,
                     ffi::ResultBuffer<kType> values, std::int32_t sink, bool is_projected,
                     std::int64_t threads) {
  const std::int64_t n_first = first_rows.element_count(), n_second = second_rows.element_count();
  const int n_sample = static_cast<int>(second_weights.dimensions().back());
  const Bins bins{doubles(edges), static_cast<int>(edges.dimensions()[0]), doubles(sight_edges),
                  static_cast<int>(sight_edges.dimensions()[0]), is_projected,
                  doubles(polynomials), static_cast<int>(polynomials.dimensions()[0]),
                  static_cast<int>(polynomials.dimensions()[1])};
  if (bins.n_edge > kMostEdges || (bins.n_moment != 1 && bins.n_moment != kMostMoments)) {
    return ffi::Error::InvalidArgument("bins that the native engine does not count in");
  }
  T* out = values->typed_data();
  std::fill_n(out, values->element_count(), T{0});
  if (n_first == 0 || n_second == 0 || n_sample == 0) return ffi::Error::Success();

  const Grid grid = make_grid(doubles(box), shape.typed_data(), n_second);
  const std::unique_ptr<PreparedGeometry> geometry(
      new PreparedGeometry(prepare_geometry(bins, grid)));
  const int n_bin = geometry->n_bin();
  Team team(pool, threads);
  ColumnStore<T> store({doubles(second), second_rows.typed_data(), n_second}, starts.typed_data(),
                       grid, !geometry->is_projected || !geometry->is_summed);
  const std::int64_t per_task = std::max(kPointsPerTask, n_first / kMaxTasks + 1);
  const std::int64_t n_task = (n_first + per_task - 1) / per_task;
  const bool is_totals = static_cast<Sink>(sink) == Sink::kTotals;
  std::vector<double> partial;

  for (int sample = 0; sample < n_sample; sample += kMaxSamples) {
    const int n_pass = std::min(kMaxSamples, n_sample - sample);
    const Problem<T> problem{&grid,
                             geometry.get(),
                             doubles(first),
                             doubles(second),
                             store.fill(second_weights.typed_data(), n_sample, sample, n_pass, team),
                             n_pass};
    const std::int64_t size = static_cast<std::int64_t>(n_pass) * n_bin;
    if (is_totals) partial.assign(static_cast<std::size_t>(n_task * size), 0.0);
    team.run(n_task, [&](std::int64_t task) {
      const Output<T> output{static_cast<Sink>(sink),
                             first_rows.typed_data(),
                             n_sample,
                             sample,
                             first_weights.typed_data(),
                             cotangent.typed_data(),
                             out,
                             is_totals ? partial.data() + task * size : nullptr};
      around_points<T>()(problem, output, task * per_task,
                         std::min(n_first, (task + 1) * per_task));
    });
    if (!is_totals) continue;
    // Always in the order of the tasks, whichever thread ran them.
    for (std::int64_t place = 0; place < size; ++place) {
      double total = 0;
      for (std::int64_t task = 0; task < n_task; ++task) total += partial[task * size + place];
      out[sample * n_bin + place] = static_cast<T>(total);
    }
  }
  return ffi::Error::Success();
}

template <ffi::DataType kType>
auto binding() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Arg<Words>()                 // first
      .Arg<Integers>()              // first_rows
      .Arg<Words>()                 // second
      .Arg<Integers>()              // second_rows
      .Arg<Integers>()              // starts
      .Arg<Words>()                 // box: origin, sides
      .Arg<Integers>()              // shape
      .Arg<Words>()                 // edges
      .Arg<Words>()                 // sight_edges
      .Arg<Words>()                 // polynomials (n_order, n_moment); (0, 1) for plain counts
      .template Arg<ffi::Buffer<kType>>()  // first_weights
      .template Arg<ffi::Buffer<kType>>()  // second_weights
      .template Arg<ffi::Buffer<kType>>()  // cotangent
      .template Ret<ffi::Buffer<kType>>()
      .template Attr<std::int32_t>("sink")
      .template Attr<bool>("is_projected")
      .template Attr<std::int64_t>("threads");
}

}  // namespace
}  // namespace halograd

extern "C" HALOGRAD_EXPORT XLA_FFI_Error* halograd_pair_sums_f32(XLA_FFI_CallFrame*);
extern "C" HALOGRAD_EXPORT XLA_FFI_Error* halograd_pair_sums_f64(XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(halograd_pair_sums_f32, halograd::pair_sums<xla::ffi::F32>,
                              halograd::binding<xla::ffi::F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(halograd_pair_sums_f64, halograd::pair_sums<xla::ffi::F64>,
                              halograd::binding<xla::ffi::F64>());
