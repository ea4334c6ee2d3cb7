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
using halograd::kMaxEdges;
using halograd::Output;
using halograd::Problem;
using halograd::Sink;

constexpr int kUnrolledEdges = 6;

// A point of the first set, and the weight found around it.
template <class T, int kSamples>
struct Centre : Vantage {
  // Weight of neighbours between edge k - 1 and edge k: in lanes, and as plain sums.
  DoubleLanes lanes[kSamples][kMaxEdges + 1];
  double sums[kSamples][kMaxEdges + 1];
  T* bins;  // (kLanes, kSamples, n_slot), where both coordinates are binned: lanes never collide
};

// Sums around points in one pass: T is the arithmetic of separations, kSamples the number of weight
// columns, and kFull says that dz counts in the separation (r and mu), not only across (rp and pi).
template <class T, int kSamples, bool kFull>
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
  using Around = Centre<T, kSamples>;
  static constexpr int kWidth = kLanes<T>;
  static constexpr bool kExact = sizeof(T) == 8;

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
    for (int s = 0; s < kSamples; ++s) {
      for (int k = 0; k <= geometry_.n_edge; ++k) {
        centre.lanes[s][k] = DoubleLanes{};
        centre.sums[s][k] = 0;
      }
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
  // In the last three, a pair too close to an edge for float sends the run to add_carefully. Bins in
  // two coordinates have none of this: each pair is added to the bin it belongs to.
  void add(Around& centre, const Run& run) {
    if (!geometry_.is_summed) return add_to_bins(centre, run);
    switch (run.edge_high - run.edge_low) {
      case 0: return add_uncut(centre, run);
      case 1:
        if (run.edge_high == geometry_.n_edge) return add_cut<1, false>(centre, run);
        return add_cut<1>(centre, run);
      case 2: return add_cut<2>(centre, run);
      case 3: return add_cut<3>(centre, run);
      case 4: return add_cut<4>(centre, run);
      case 5: return add_cut<5>(centre, run);
      case 6: return add_cut<6>(centre, run);
      default: return add_cut_often(centre, run);
    }
  }

  void add_uncut(Around& centre, const Run& run) {
    for (int s = 0; s < kSamples; ++s) {
      const double* running = columns_.running[s];
      centre.sums[s][run.edge_low] += running[run.end] - running[run.begin];
    }
  }

  // Past the end of a run: not below any edge, and without weight.
  static V beyond_all(V squared, LaneIndex<T> is_past) {
    return reinterpret_cast<V>(reinterpret_cast<LaneIndex<T>>(squared) | is_past);
  }

  static V masked(LaneIndex<T> mask, V value) {
    return reinterpret_cast<V>(mask & reinterpret_cast<LaneIndex<T>>(value));
  }

  template <int kCut, bool kSumsAll = true>
  void add_cut(Around& centre, const Run& run) const {
    V below[kSamples][kCut] = {}, all[kSamples] = {};
    const B closest = sum_below<kCut, kSumsAll>(centre, run, run.edge_low, below, all);
    if (too_close(closest, run.edge_low)) return add_carefully(centre, run);
    for (int s = 0; s < kSamples; ++s) add_between(centre, run, s, below[s], kCut, all[s]);
  }

  // Near columns are cut by many edges: as many at a time as registers hold.
  void add_cut_often(Around& centre, const Run& run) const {
    constexpr int kCut = kUnrolledEdges;
    V below[kSamples][kMaxEdges], part[kSamples][kCut], all[kSamples] = {};
    B closest = ~B{};
    for (int high = run.edge_high; high > run.edge_low; high -= kCut) {
      const int low = high - kCut < run.edge_low ? run.edge_low : high - kCut;
      closest = smaller(closest, sum_below<kCut, true>(centre, run, low, part, all));
      for (int s = 0; s < kSamples; ++s) {
        for (int k = 0; k < kCut; ++k) below[s][low - run.edge_low + k] = part[s][k];
      }
    }
    if (too_close(closest, run.edge_low)) return add_carefully(centre, run);
    for (int s = 0; s < kSamples; ++s) add_between(centre, run, s, below[s], run.edge_high - run.edge_low, all[s]);
  }

  // The weight between edges. Differences, so that it is exactly 0 where there is no pair.
  __attribute__((always_inline)) void add_between(Around& centre, const Run& run, int s,
                                                  const V* below, int n_cut, V all) const {
    DoubleLanes* lanes = centre.lanes[s] + run.edge_low;
    lanes[0] += folded(below[0]);
    for (int k = 1; k < n_cut; ++k) lanes[k] += folded(below[k] - below[k - 1]);
    lanes[n_cut] += folded(all - below[n_cut - 1]);
  }

  // Weight below each of kCut edges, in lanes, and how close any pair came to one of them. The
  // weight of the whole run matters only where a bin lies beyond those edges.
  template <int kCut, bool kSumsAll>
  __attribute__((always_inline)) B sum_below(const Around& centre, const Run& run, int edge_low,
                                             V (&below_out)[kSamples][kCut],
                                             V (&all_out)[kSamples]) const {
    const auto from = apart_.viewpoint(centre, run);
    V below[kSamples][kCut], all[kSamples], edges[kCut];
    B closest = ~B{};
    for (int k = 0; k < kCut; ++k) edges[k] = V{} + apart_.edge(edge_low + k);
    for (int s = 0; s < kSamples; ++s) {
      all[s] = V{};
      for (int k = 0; k < kCut; ++k) below[s][k] = V{};
    }
    const auto add = [&](V squared, const V* weights) __attribute__((always_inline)) {
      for (int k = 0; k < kCut; ++k) {
        const auto is_below = squared < edges[k];
        for (int s = 0; s < kSamples; ++s) below[s][k] += masked(is_below, weights[s]);
        if constexpr (!kExact) closest = smaller(closest, apart_.units_past(squared, edges[k]));
      }
      if constexpr (kSumsAll) {
        for (int s = 0; s < kSamples; ++s) all[s] += weights[s];
      }
    };
    V weights[kSamples];
    const auto add_part = [&](std::int64_t j) __attribute__((always_inline)) {
      const auto is_inside = apart_.lanes_inside(run, j);
      for (int s = 0; s < kSamples; ++s) {
        weights[s] = masked(is_inside, load<V>(columns_.weights[s] + j));
      }
      add(beyond_all(apart_.squared(from, j), ~is_inside), weights);
    };
    std::int64_t j = run.begin;
    for (; j + kWidth <= run.end; j += kWidth) {
      for (int s = 0; s < kSamples; ++s) weights[s] = load<V>(columns_.weights[s] + j);
      add(apart_.squared(from, j), weights);
    }
    if (j < run.end) add_part(j);
    for (int s = 0; s < kSamples; ++s) {
      for (int k = 0; k < kCut; ++k) below_out[s][k] = below[s][k];
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

  // A run with a pair too close to an edge for float: where that is, pair by pair in float64.
  __attribute__((noinline, cold)) void add_carefully(Around& centre, const Run& run) const {
    const auto from = apart_.viewpoint(centre, run);
    const int n_cut = run.edge_high - run.edge_low;
    V below[kSamples][kMaxEdges] = {}, all[kSamples] = {};
    double shift[3];
    apart_.image_shift(run, shift);
    for (std::int64_t j = run.begin / kWidth * kWidth; j < run.end; j += kWidth) {
      const auto is_inside = apart_.lanes_inside(run, j);
      const V squared = beyond_all(apart_.squared(from, j), ~is_inside);
      B closest = ~B{};
      for (int k = 0; k < n_cut; ++k) {
        closest = smaller(closest, apart_.units_past(squared, V{} + apart_.edge(run.edge_low + k)));
      }
      if (too_close(closest, run.edge_low)) {
        for (int lane = 0; lane < kWidth; ++lane) {
          if (is_inside[lane]) add_exactly(centre, j + lane, shift);
        }
        continue;
      }
      for (int s = 0; s < kSamples; ++s) {
        const V weights = masked(is_inside, load<V>(columns_.weights[s] + j));
        for (int k = 0; k < n_cut; ++k) {
          below[s][k] += masked(squared < V{} + apart_.edge(run.edge_low + k), weights);
        }
        all[s] += weights;
      }
    }
    for (int s = 0; s < kSamples; ++s) add_between(centre, run, s, below[s], n_cut, all[s]);
  }

  void add_exactly(Around& centre, std::int64_t j, const double* shift) const {
    const double* other = problem_.second + 3 * static_cast<std::int64_t>(columns_.source[j]);
    const int slot = halograd::exact_edges_below(geometry_, centre.position, other, shift);
    for (int s = 0; s < kSamples; ++s) centre.sums[s][slot] += columns_.weights[s][j];
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
    return sum(centre.lanes[s][bin + 1]) + centre.sums[s][bin + 1];
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
  Separations<T, kFull> apart_;
  Group<Around> group_;
  std::unique_ptr<T[]> bins_;  // of all centres, where both coordinates are binned

  std::int32_t low_[kMaxOffsets * kGroup], high_[kMaxOffsets * kGroup];  // runs, per column
};

template <class T, int kSamples, bool kFull>
void count_with(const Problem<T>& problem, const Output<T>& output, std::int64_t begin,
                std::int64_t end) {
  // On the heap: too large for a stack.
  const auto counter = std::make_unique<Counter<T, kSamples, kFull>>(problem, output);
  counter->count(begin, end);
}

template <class T, bool kFull>
void count_samples(const Problem<T>& problem, const Output<T>& output, std::int64_t begin,
                   std::int64_t end) {
  switch (problem.n_sample) {
    case 1: return count_with<T, 1, kFull>(problem, output, begin, end);
    case 2: return count_with<T, 2, kFull>(problem, output, begin, end);
    case 3: return count_with<T, 3, kFull>(problem, output, begin, end);
    default: return count_with<T, 4, kFull>(problem, output, begin, end);
  }
}

}  // namespace

namespace halograd {

void HALOGRAD_ENTRY(const Problem<HALOGRAD_REAL>& problem, const Output<HALOGRAD_REAL>& output,
                    std::int64_t begin, std::int64_t end) {
  if (problem.geometry->is_projected) {
    count_samples<HALOGRAD_REAL, false>(problem, output, begin, end);
  } else {
    count_samples<HALOGRAD_REAL, true>(problem, output, begin, end);
  }
}

}  // namespace halograd
