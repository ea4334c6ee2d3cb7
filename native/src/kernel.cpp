// Weighted neighbour counts around points: the hot loop, compiled once per instruction set.
//
// A run of neighbours that no edge cuts is the difference of two running sums of weights; only runs
// that edges cut are looked at point by point, against those edges alone.
#include <cmath>
#include <cstring>
#include <memory>
#include <type_traits>

#include "lanes.hpp"
#include "neighbourhood.hpp"
#include "problem.hpp"
#include "separations.hpp"

#if !defined(HALOGRAD_REAL) || !defined(HALOGRAD_ENTRY)
#error "compile with HALOGRAD_REAL (float or double) and HALOGRAD_ENTRY (the function's name)"
#endif

namespace {

using halograd::Columns;
using halograd::Geometry;
using halograd::Grid;
using halograd::Output;
using halograd::Problem;
using halograd::Sink;

constexpr int kMostUnrolledEdges = 6;
constexpr double kSmallestSquare = 1e-37;  // whose reciprocal float still holds
constexpr int kRegisters = 12;  // that may hold sums

// A point of the first set, and what is summed around it.
template <class T>
struct Centre : Vantage {
  // Of neighbours between edge k - 1 and edge k: (n_sum, n_edge + 1), in lanes and as plain sums.
  DoubleLanes* lanes;
  double* sums;
  T* bins;  // (kLanes, kSamples, n_slot), where both coordinates are binned: lanes never collide
};

// Sums around points in one pass: T is the arithmetic of separations, kSamples the number of weight
// columns, and kFull says that dz counts in the separation (r and mu), not only across (rp and pi).
// With kMoments above 1, weights are summed times 1, mu^2, mu^4 ... of each pair, so many of them.
template <class T, int kSamples, bool kFull, int kMoments>
class Counter {
 public:
  Counter(const Problem<T>& problem, const Output<T>& output)
      : grid_(*problem.grid),
        geometry_(*problem.geometry),
        columns_(problem.columns),
        problem_(problem),
        output_(output),
        around_(grid_, geometry_, columns_),
        apart_(grid_, geometry_, columns_, around_) {
    const std::int64_t n_sum = static_cast<std::int64_t>(kSums) * stride();
    lanes_ = lane_array<DoubleLanes>(kGroup * n_sum);
    sums_.reset(new double[kGroup * n_sum]);
    below_ = lane_array<V>(static_cast<std::int64_t>(kSums) * geometry_.n_edge);
    for (int g = 0; g < kGroup; ++g) {
      group_.centres[g].lanes = lanes_.get() + g * n_sum;
      group_.centres[g].sums = sums_.get() + g * n_sum;
    }
    if (geometry_.is_summed) return;
    const std::int64_t n = static_cast<std::int64_t>(kWidth) * kSamples * geometry_.n_slot();
    bins_.reset(new T[kGroup * n]);
    for (int g = 0; g < kGroup; ++g) group_.centres[g].bins = bins_.get() + g * n;
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void count(std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      begin = gather_group(begin, end);
      if (group_.n == 0) continue;
      around_.enter_cell(group_.cell);
      for (int g = 0; g < group_.n; ++g) start(group_.centres[g]);
      for (int image = -1; image <= 1; ++image) {
        if (!is_within_reach(image)) continue;
        // All runs before any is added: their chains of lookups overlap, and no branch waits for one.
        for (int g = 0; g < group_.n; ++g) {
          around_.find_runs(group_.centres[g], image, low_ + g, high_ + g);
        }
        add_runs(image);
      }
      for (int g = 0; g < group_.n; ++g) finish(group_.centres[g]);
    }
  }

 private:
  using V = Lanes<T>;
  using B = LaneBits<T>;
  using LaneNumber = std::remove_reference_t<decltype(LaneIndex<T>{}[0])>;
  using Around = Centre<T>;
  using Apart = Separations<T, kFull>;
  static constexpr int kWidth = kLanes<T>;
  static constexpr int kSums = kSamples * kMoments;  // moment m of sample s is s * kMoments + m
  // Edges that a run is compared with at a time.
  static constexpr int kUnrolledEdges =
      kMoments == 1 ? kMostUnrolledEdges : kRegisters / kSums;
  static constexpr bool kExact = sizeof(T) == 8;

  int stride() const { return geometry_.n_edge + 1; }

  // The next points that share a cell; returns where the search goes on.
  std::int64_t gather_group(std::int64_t begin, std::int64_t end) {
    const auto place = [&](Around& centre, std::int64_t i, int* cell) {
      around_.place(centre, problem_.first + 3 * i, i, cell);
    };
    const auto skips = [&](std::int64_t i) { return output_.sink == Sink::kTotals && !weighs(i); };
    return group_.gather(begin, end, place, skips);
  }

  void start(Around& centre) const {
    around_.classify_columns(centre);
    for (int k = 0; k < kSums * stride(); ++k) {
      centre.lanes[k] = DoubleLanes{};
      centre.sums[k] = 0;
    }
    if (!geometry_.is_summed) {
      std::memset(centre.bins, 0, sizeof(T) * kWidth * kSamples * geometry_.n_slot());
    }
  }

  bool is_within_reach(int image) const {
    bool reaches = false;
    for (int g = 0; g < group_.n; ++g) reaches |= around_.reaches(group_.centres[g], image);
    return reaches;
  }

  // Column by column for the whole group, so that a column is read from afar only once.
  void add_runs(int image) {
    if (geometry_.is_summed) {
      for (int o = 0; o < around_.n_offset(); ++o) {
        for (int g = 0; g < group_.n; ++g) add_run(g, o, image);
      }
    } else {  // here the bins of one point fill the nearest cache
      for (int g = 0; g < group_.n; ++g) {
        for (int o = 0; o < around_.n_offset(); ++o) add_run(g, o, image);
      }
    }
  }

  void add_run(int g, int o, int image) {
    Around& centre = group_.centres[g];
    const std::int32_t low = low_[o * kGroup + g], high = high_[o * kGroup + g];
    if (low >= high || centre.edge_low[o] >= geometry_.n_edge) return;
    const std::int64_t start = columns_.offset[around_.column(o)];
    add(centre, {start + low, start + high, o, centre.edge_low[o], centre.edge_high[o], image});
  }

  // The cases of a run, from the cheapest:
  //   no edge cuts it             its pairs are all in one bin: a difference of two running sums
  //   the last edge alone does    what lies beyond is in no bin: no sum of the whole run is needed
  //   a few edges do              each pair is compared with those, a number the compiler knows
  //   many edges do               the same, as many edges at a time as registers hold
  // In the last three, a pair too close to an edge for float sends the run to add_carefully. In
  // shells every run is cut by the last edge, so that moments of mu know no first case. Bins in two
  // coordinates have none of this: each pair is added to the bin it belongs to.
  void add(Around& centre, const Run& run) {
    if (!geometry_.is_summed) return add_to_bins(centre, run);
    if (is_near(centre, run)) return add_near(centre, run);
    const int n_cut = run.edge_high - run.edge_low;
    if constexpr (kMoments == 1) {
      if (n_cut == 0) return add_uncut(centre, run);
    }
    if (n_cut == 1 && run.edge_high == geometry_.n_edge) return add_cut<1, false>(centre, run);
    add_cut_by<1>(centre, run, n_cut);
  }

  template <int kCut>
  void add_cut_by(Around& centre, const Run& run, int n_cut) {
    if constexpr (kCut > kUnrolledEdges) {
      add_cut_often<kUnrolledEdges, false>(centre, run);
    } else {
      if (n_cut == kCut) return add_cut<kCut, !kFull>(centre, run);
      add_cut_by<kCut + 1>(centre, run, n_cut);
    }
  }

  void add_uncut(Around& centre, const Run& run) {
    for (int s = 0; s < kSamples; ++s) {
      const double* running = columns_.running[s];
      centre.sums[s * stride() + run.edge_low] += running[run.end] - running[run.begin];
    }
  }

  // Past the end of a run: not below any edge, and without weight.
  static V beyond_all(V squared, LaneIndex<T> is_past) {
    return reinterpret_cast<V>(reinterpret_cast<LaneIndex<T>>(squared) | is_past);
  }

  static V masked(LaneIndex<T> mask, V value) {
    return reinterpret_cast<V>(mask & reinterpret_cast<LaneIndex<T>>(value));
  }

  template <int kCut, bool kSumsAll>
  void add_cut(Around& centre, const Run& run) const {
    V below[kSums * kCut], all[kSums] = {};
    const B closest = sum_below<kCut, kSumsAll, false>(centre, run, run.edge_low, below, all);
    if (too_close(closest, run.edge_low)) return add_carefully(centre, run);
    for (int s = 0; s < kSums; ++s) add_between(centre, run, s, below + s * kCut, kCut, all[s]);
  }

  // Near columns are cut by many edges, kCut or more: as many at a time as registers hold.
  template <int kCut, bool kNear>
  void add_cut_often(Around& centre, const Run& run) const {
    const int n_cut = run.edge_high - run.edge_low;
    V part[kSums * kCut], all[kSums] = {};
    V* below = below_.get();
    B closest = ~B{};
    for (int high = run.edge_high; high > run.edge_low; high -= kCut) {
      const int low = high - kCut < run.edge_low ? run.edge_low : high - kCut;
      closest = smaller(closest, sum_below<kCut, !kFull, kNear>(centre, run, low, part, all));
      for (int s = 0; s < kSums; ++s) {
        for (int k = 0; k < kCut; ++k) {
          below[s * n_cut + low - run.edge_low + k] = part[s * kCut + k];
        }
      }
    }
    if (too_close(closest, run.edge_low)) return add_carefully(centre, run);
    for (int s = 0; s < kSums; ++s) add_between(centre, run, s, below + s * n_cut, n_cut, all[s]);
    if constexpr (kNear) add_nearest(centre, run);
  }

  // Whether a run has pairs so close that float has no mu for them.
  bool is_near(const Around& centre, const Run& run) const {
    if constexpr (kMoments == 1 || kExact) {
      return false;
    } else {
      return centre.nearest[run.offset] < geometry_.no_angle_below;
    }
  }

  void add_near(Around& centre, const Run& run) const {
    if constexpr (kMoments > 1 && !kExact) {
      if (run.edge_high - run.edge_low < kUnrolledEdges) {
        add_cut_often<1, true>(centre, run);
      } else {
        add_cut_often<kUnrolledEdges, true>(centre, run);
      }
    }
  }

  // The pairs that sum_below left out in a near run, one by one in float64.
  void add_nearest(Around& centre, const Run& run) const {
    const auto from = apart_.viewpoint(centre, run);
    double shift[3];
    apart_.image_shift(run, shift);
    for (std::int64_t j = run.begin; j < run.end; j += kWidth) {
      const auto is_nearest =
          (apart_.squared(from, j) < geometry_.no_angle_below) & apart_.lanes_inside(run, j);
      if (!any(is_nearest)) continue;
      for (int lane = 0; lane < kWidth; ++lane) {
        if (is_nearest[lane]) add_exactly(centre, j + lane, shift);
      }
    }
  }

  // The weight between edges. Differences, so that it is exactly 0 where there is no pair.
  __attribute__((always_inline)) void add_between(Around& centre, const Run& run, int s,
                                                  const V* below, int n_cut, V all) const {
    DoubleLanes* lanes = centre.lanes + s * stride() + run.edge_low;
    lanes[0] += folded(below[0]);
    for (int k = 1; k < n_cut; ++k) lanes[k] += folded(below[k] - below[k - 1]);
    lanes[n_cut] += folded(all - below[n_cut - 1]);
  }

  // Squared separations of the pairs from j on, and mu^2 where moments are summed.
  __attribute__((always_inline)) V squared_and_mu(const typename Apart::Viewpoint& from,
                                                  std::int64_t j, V& mu_squared) const {
    if constexpr (kMoments == 1) {
      return apart_.squared(from, j);
    } else {
      V depth_squared;
      const V squared = apart_.squared(from, j, depth_squared);
      const V floor = V{} + static_cast<T>(kSmallestSquare);  // coincident points have mu = 0
      mu_squared = depth_squared * reciprocal(larger(squared, floor));
      return squared;
    }
  }

  // Weights times powers of mu^2, from the weights of each sample in the place of moment 0.
  static __attribute__((always_inline)) void multiply(V mu_squared, V (&weights)[kSums]) {
    for (int s = 0; s < kSums; s += kMoments) {
      for (int m = 1; m < kMoments; ++m) weights[s + m] = weights[s + m - 1] * mu_squared;
    }
  }

  // Weight below each of kCut edges, (kSums, kCut) in lanes, and how close any pair came to one of
  // them. The weight of the whole run matters only where a bin lies beyond those edges. With kNear,
  // pairs too close for mu in float are left out.
  template <int kCut, bool kSumsAll, bool kNear>
  __attribute__((always_inline)) B sum_below(const Around& centre, const Run& run, int edge_low,
                                             V* below_out, V* all_out) const {
    const auto from = apart_.viewpoint(centre, run);
    V below[kSums][kCut], all[kSums], edges[kCut];
    B closest = ~B{};
    for (int k = 0; k < kCut; ++k) edges[k] = V{} + apart_.edge(edge_low + k);
    for (int s = 0; s < kSums; ++s) {
      all[s] = V{};
      for (int k = 0; k < kCut; ++k) below[s][k] = V{};
    }
    const auto add = [&](V squared, const V* weights) __attribute__((always_inline)) {
      for (int k = 0; k < kCut; ++k) {
        const auto is_below = squared < edges[k];
        for (int s = 0; s < kSums; ++s) below[s][k] = add_where(is_below, below[s][k], weights[s]);
        if constexpr (!kExact) closest = smaller(closest, apart_.units_past(squared, edges[k]));
      }
      if constexpr (kSumsAll) {
        for (int s = 0; s < kSums; ++s) all[s] += weights[s];
      }
    };
    V weights[kSums], mu_squared;
    const auto add_part = [&](std::int64_t j, LaneIndex<T> is_counted)
        __attribute__((always_inline)) {
      const V squared = squared_and_mu(from, j, mu_squared);
      if constexpr (kNear) is_counted &= squared >= geometry_.no_angle_below;
      for (int s = 0; s < kSamples; ++s) {
        weights[s * kMoments] = masked(is_counted, load<V>(columns_.weights[s] + j));
      }
      multiply(mu_squared, weights);
      add(beyond_all(squared, ~is_counted), weights);
    };
    std::int64_t j = run.begin;
    for (; j + kWidth <= run.end; j += kWidth) {
      if constexpr (kNear) {
        add_part(j, LaneIndex<T>{} - 1);
      } else {
        for (int s = 0; s < kSamples; ++s) weights[s * kMoments] = load<V>(columns_.weights[s] + j);
        const V squared = squared_and_mu(from, j, mu_squared);
        multiply(mu_squared, weights);
        add(squared, weights);
      }
    }
    if (j < run.end) add_part(j, apart_.lanes_inside(run, j));
    for (int s = 0; s < kSums; ++s) {
      for (int k = 0; k < kCut; ++k) below_out[s * kCut + k] = below[s][k];
      all_out[s] = all[s];
    }
    return closest;
  }

  bool too_close(B closest, int edge_low) const {
    if constexpr (kExact) {
      return false;
    } else {
      return any(closest < geometry_.unclear_width[edge_low]);
    }
  }

  // A run with a pair too close to an edge for float, or for mu: where that is, pair by pair in
  // float64.
  __attribute__((noinline, cold)) void add_carefully(Around& centre, const Run& run) const {
    const auto from = apart_.viewpoint(centre, run);
    const int n_cut = run.edge_high - run.edge_low;
    V all[kSums] = {}, weights[kSums], mu_squared;
    V* below = below_.get();
    for (int k = 0; k < kSums * n_cut; ++k) below[k] = V{};
    double shift[3];
    apart_.image_shift(run, shift);
    for (std::int64_t j = run.begin / kWidth * kWidth; j < run.end; j += kWidth) {
      const auto is_inside = apart_.lanes_inside(run, j);
      const V found = squared_and_mu(from, j, mu_squared);
      const V squared = beyond_all(found, ~is_inside);
      B closest = ~B{};
      for (int k = 0; k < n_cut; ++k) {
        closest = smaller(closest, apart_.units_past(squared, V{} + apart_.edge(run.edge_low + k)));
      }
      bool is_exact = too_close(closest, run.edge_low);
      if constexpr (kMoments > 1 && !kExact) is_exact |= any(squared < geometry_.no_angle_below);
      if (is_exact) {
        for (int lane = 0; lane < kWidth; ++lane) {
          if (is_inside[lane]) add_exactly(centre, j + lane, shift);
        }
        continue;
      }
      for (int s = 0; s < kSamples; ++s) {
        weights[s * kMoments] = masked(is_inside, load<V>(columns_.weights[s] + j));
      }
      multiply(mu_squared, weights);
      for (int s = 0; s < kSums; ++s) {
        for (int k = 0; k < n_cut; ++k) {
          V& sum = below[s * n_cut + k];
          sum = add_where(squared < V{} + apart_.edge(run.edge_low + k), sum, weights[s]);
        }
        all[s] += weights[s];
      }
    }
    for (int s = 0; s < kSums; ++s) add_between(centre, run, s, below + s * n_cut, n_cut, all[s]);
  }

  void add_exactly(Around& centre, std::int64_t j, const double* shift) const {
    const double* other = problem_.second + 3 * static_cast<std::int64_t>(columns_.source[j]);
    const int slot = halograd::exact_edges_below(geometry_, centre.position, other, shift);
    double mu_squared = 0;
    if constexpr (kMoments > 1) {
      mu_squared = halograd::exact_mu_squared(geometry_, centre.position, other, shift);
    }
    for (int s = 0; s < kSums; s += kMoments) {
      double weight = columns_.weights[s / kMoments][j];
      for (int m = 0; m < kMoments; ++m, weight *= mu_squared) {
        centre.sums[(s + m) * stride() + slot] += weight;
      }
    }
  }

  // Bins in both coordinates, each lane in bins of its own.
  void add_to_bins(Around& centre, const Run& run) const {
    const auto from = apart_.viewpoint(centre, run);
    const int n_slot = geometry_.n_slot();
    const LaneIndex<T> first_slot = lane_numbers<T>() * (kSamples * n_slot);
    for (std::int64_t j = run.begin; j < run.end; j += kWidth) {
      LaneIndex<T> is_unclear{};
      const LaneIndex<T> found = apart_.slots(from, run, j, is_unclear);
      LaneNumber slot[kWidth];
      store(slot, first_slot + found);
      const auto is_inside = apart_.lanes_inside(run, j);
      if (any(is_unclear & is_inside)) settle(centre, run, j, is_unclear & is_inside, slot);
      for (int s = 0; s < kSamples; ++s) {
        T weights[kWidth];
        store(weights, masked(is_inside, load<V>(columns_.weights[s] + j)));
        T* bins = centre.bins + s * n_slot;
        for (int lane = 0; lane < kWidth; ++lane) bins[slot[lane]] += weights[lane];
      }
    }
  }

  __attribute__((noinline)) void settle(const Around& centre, const Run& run, std::int64_t j,
                                        LaneIndex<T> is_unclear, LaneNumber* slot) const {
    double shift[3];
    apart_.image_shift(run, shift);
    for (int lane = 0; lane < kWidth; ++lane) {
      if (!is_unclear[lane]) continue;
      const double* other =
          problem_.second + 3 * static_cast<std::int64_t>(columns_.source[j + lane]);
      slot[lane] = lane * kSamples * geometry_.n_slot() +
                   halograd::exact_slot(geometry_, centre.position, other, shift);
    }
  }

  bool weighs(std::int64_t i) const {
    const T* weights = output_.first_weights +
                       static_cast<std::int64_t>(output_.rows[i]) * output_.n_sample +
                       output_.first_sample;
    bool any_weight = false;
    for (int s = 0; s < kSamples; ++s) any_weight |= weights[s] != 0;
    return any_weight;
  }

  double summed(const Around& centre, int s, int slot) const {
    return sum(centre.lanes[s * stride() + slot]) + centre.sums[s * stride() + slot];
  }

  double bin_sum(const Around& centre, int s, int bin) const {
    if (!geometry_.is_summed) {
      const int n_sight = geometry_.n_sight_edge - 1, n_slot = geometry_.n_slot();
      const int slot = (bin / n_sight + 1) * geometry_.n_sight_column() + bin % n_sight + 1;
      double total = 0;
      for (int bank = 0; bank < kWidth; ++bank) {
        total += centre.bins[(bank * kSamples + s) * n_slot + slot];
      }
      return total;
    }
    if constexpr (kMoments == 1) {
      return summed(centre, s, bin + 1);
    } else {
      const double* polynomial = geometry_.polynomials + bin % geometry_.n_order * kMoments;
      double total = 0;
      for (int m = 0; m < kMoments; ++m) {
        total += polynomial[m] * summed(centre, s * kMoments + m, bin / geometry_.n_order + 1);
      }
      return total;
    }
  }

  void finish(const Around& centre) {
    const int n_bin = geometry_.n_bin();
    const std::int64_t row = output_.rows[centre.index];
    for (int s = 0; s < kSamples; ++s) {
      const std::int64_t sample = output_.first_sample + s;
      const std::int64_t place = row * output_.n_sample + sample;
      if (output_.sink == Sink::kPerPoint) {
        T* values = output_.values + place * n_bin;
        for (int bin = 0; bin < n_bin; ++bin) values[bin] = static_cast<T>(bin_sum(centre, s, bin));
      } else if (output_.sink == Sink::kTotals) {
        const double weight = output_.first_weights[place];
        double* partial = output_.partial + static_cast<std::int64_t>(s) * n_bin;
        for (int bin = 0; bin < n_bin; ++bin) partial[bin] += weight * bin_sum(centre, s, bin);
      } else {
        double total = 0;
        for (int bin = 0; bin < n_bin; ++bin) {
          total += static_cast<double>(output_.cotangent[sample * n_bin + bin]) * bin_sum(centre, s, bin);
        }
        output_.values[place] = static_cast<T>(total);
      }
    }
  }

  const Grid& grid_;
  const Geometry& geometry_;
  const Columns<T>& columns_;
  const Problem<T>& problem_;
  const Output<T>& output_;

  Neighbourhood<T, kFull> around_;
  Apart apart_;
  Group<Around> group_;
  LaneArray<DoubleLanes> lanes_;  // of all centres
  std::unique_ptr<double[]> sums_;
  LaneArray<V> below_;  // (kSums, n_cut), of one run that many edges cut
  std::unique_ptr<T[]> bins_;  // of all centres, where both coordinates are binned

  std::int32_t low_[kMaxOffsets * kGroup], high_[kMaxOffsets * kGroup];  // runs, per column
};

template <class T, int kSamples, bool kFull, int kMoments>
void count_with(const Problem<T>& problem, const Output<T>& output, std::int64_t begin,
                std::int64_t end) {
  // On the heap: too large for a stack.
  const auto counter = std::make_unique<Counter<T, kSamples, kFull, kMoments>>(problem, output);
  counter->count(begin, end);
}

template <class T, bool kFull, int kMoments>
void count_samples(const Problem<T>& problem, const Output<T>& output, std::int64_t begin,
                   std::int64_t end) {
  switch (problem.n_sample) {
    case 1: return count_with<T, 1, kFull, kMoments>(problem, output, begin, end);
    case 2: return count_with<T, 2, kFull, kMoments>(problem, output, begin, end);
    case 3: return count_with<T, 3, kFull, kMoments>(problem, output, begin, end);
    default: return count_with<T, 4, kFull, kMoments>(problem, output, begin, end);
  }
}

}  // namespace

namespace halograd {

void HALOGRAD_ENTRY(const Problem<HALOGRAD_REAL>& problem, const Output<HALOGRAD_REAL>& output,
                    std::int64_t begin, std::int64_t end) {
  if (problem.geometry->is_projected) {
    count_samples<HALOGRAD_REAL, false, 1>(problem, output, begin, end);
  } else if (problem.geometry->n_moment == 1) {
    count_samples<HALOGRAD_REAL, true, 1>(problem, output, begin, end);
  } else {
    count_samples<HALOGRAD_REAL, true, halograd::kMostMoments>(problem, output, begin, end);
  }
}

}  // namespace halograd
