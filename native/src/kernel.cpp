// Weighted neighbour counts around points: the hot loop, compiled once per instruction set.
//
// Around each point every column of the second set is one of three kinds for every bin edge:
// all inside, all beyond, or cut. Depths are sorted, so the points of a column within reach along
// the line of sight are a contiguous run, found exactly. A run that no edge cuts is the difference
// of two running sums of weights; only runs that edges cut are looked at point by point, against
// those edges alone.
//
// In float, squared separations within rounding of an edge are recognised and compared again in
// float64: bins are those of float64 arithmetic in either precision.
#include <cmath>
#include <cstring>
#include <type_traits>

#include "lanes.hpp"
#include "problem.hpp"

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

constexpr int kMaxReach = 20;  // columns to either side
constexpr int kMaxOffsets = (2 * kMaxReach + 1) * (2 * kMaxReach + 1);
constexpr int kGroup = 8;  // points counted together: a column is read once from far for all
constexpr int kUnrolledEdges = 6;

using Depths = double __attribute__((vector_size(32)));

// A stretch of one column within reach of a point along the line of sight.
struct Run {
  std::int64_t begin;
  std::int64_t end;
  int offset;  // which neighbouring column
  int edge_low;  // edges [edge_low, edge_high) cut it
  int edge_high;
  int image;  // box lengths along z, -1, 0 or 1
};

// A point of the first set, and the weight found around it.
template <class T, int kSamples>
struct Centre {
  const double* position;
  std::int64_t index;
  double within[2];    // of its cell
  std::uint32_t turn;  // its z, in turns of 2^32 to the box
  float nearest[kMaxOffsets];           // squared separation across the sky, per column
  std::uint8_t edge_low[kMaxOffsets];   // edges below it lie nearer than the column
  std::uint8_t edge_high[kMaxOffsets];  // edges from it on lie beyond the column
  // Weight of neighbours between edge k - 1 and edge k: in lanes, and as plain sums.
  DoubleLanes lanes[kSamples][kMaxEdges + 1];
  double sums[kSamples][kMaxEdges + 1];
  T* bins;  // (kLanes, kSamples, n_slot), where both coordinates are binned: lanes never collide
};

template <class T, int kSamples, bool kFull>
class Counter {
 public:
  Counter(const Problem<T>& problem, const Output<T>& output)
      : grid_(*problem.grid),
        geometry_(*problem.geometry),
        columns_(problem.columns),
        problem_(problem),
        output_(output) {
    list_offsets();
    if (geometry_.is_summed) return;
    const std::int64_t n = static_cast<std::int64_t>(kWidth) * kSamples * geometry_.n_slot();
    bins_ = new T[kGroup * n];
    for (int g = 0; g < kGroup; ++g) centres_[g].bins = bins_ + g * n;
  }
  ~Counter() { delete[] bins_; }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void count(std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      begin = gather_group(begin, end);
      if (n_centre_ == 0) continue;
      enter_cell();
      for (int g = 0; g < n_centre_; ++g) classify_columns(centres_[g]);
      for (int image = -1; image <= 1; ++image) {
        if (!is_within_reach(image)) continue;
        find_runs(image);
        add_runs(image);
      }
      for (int g = 0; g < n_centre_; ++g) finish(centres_[g]);
    }
  }

 private:
  using V = Lanes<T>;
  using B = LaneBits<T>;
  using LaneNumber = std::remove_reference_t<decltype(LaneIndex<T>{}[0])>;
  using Around = Centre<T, kSamples>;
  static constexpr int kWidth = kLanes<T>;
  static constexpr bool kExact = sizeof(T) == 8;

  // Neighbouring columns that any point of a cell can reach, row by row.
  void list_offsets() {
    for (int axis = 0; axis < 2; ++axis) {
      reach_[axis] = static_cast<int>(std::ceil(geometry_.reach / grid_.width[axis]));
    }
    for (int x = -reach_[0]; x <= reach_[0]; ++x) {
      for (int y = -reach_[1]; y <= reach_[1]; ++y) {
        const double gap_x = (x == 0 ? 0 : std::abs(x) - 1) * grid_.width[0];
        const double gap_y = (y == 0 ? 0 : std::abs(y) - 1) * grid_.width[1];
        if (std::hypot(gap_x, gap_y) > geometry_.reach * (1 + 1e-6)) continue;
        offset_x_[n_offset_] = static_cast<std::int16_t>(x);
        offset_y_[n_offset_] = static_cast<std::int16_t>(y);
        ++n_offset_;
      }
    }
  }

  // The next points that share a cell; returns where the search goes on.
  std::int64_t gather_group(std::int64_t begin, std::int64_t end) {
    n_centre_ = 0;
    for (; begin < end && n_centre_ < kGroup; ++begin) {
      if (output_.sink == Sink::kTotals && !weighs(begin)) continue;
      Around& centre = centres_[n_centre_];
      int cell[2];
      place(centre, begin, cell);
      if (n_centre_ > 0 && (cell[0] != next_cell_[0] || cell[1] != next_cell_[1])) break;
      next_cell_[0] = cell[0];
      next_cell_[1] = cell[1];
      ++n_centre_;
    }
    return begin;
  }

  void place(Around& centre, std::int64_t index, int* cell) const {
    centre.index = index;
    centre.position = problem_.first + 3 * index;
    for (int axis = 0; axis < 2; ++axis) {
      const double along = centre.position[axis] - grid_.origin[axis];
      cell[axis] = cell_of(along, grid_.width[axis], grid_.n[axis]);
      centre.within[axis] = along - cell[axis] * grid_.width[axis];
    }
    const double turn = (centre.position[2] - grid_.origin[2]) / grid_.sides[2] * 4294967296.0;
    centre.turn = static_cast<std::uint32_t>(static_cast<std::int64_t>(std::nearbyint(turn)));
  }

  static int cell_of(double along, double width, int n) {
    const int cell = static_cast<int>(std::floor(along / width));
    return cell < 0 ? 0 : (cell >= n ? n - 1 : cell);
  }

  void enter_cell() {
    if (next_cell_[0] == cell_[0] && next_cell_[1] == cell_[1]) return;
    cell_[0] = next_cell_[0];
    cell_[1] = next_cell_[1];
    for (int o = 0; o < n_offset_; ++o) {
      const int x = cell_[0] + offset_x_[o], y = cell_[1] + offset_y_[o];
      image_x_[o] = static_cast<std::int16_t>(floor_divide(x, grid_.n[0]));
      image_y_[o] = static_cast<std::int16_t>(floor_divide(y, grid_.n[1]));
      column_[o] = (x - image_x_[o] * grid_.n[0]) * grid_.n[1] + (y - image_y_[o] * grid_.n[1]);
    }
  }

  static int floor_divide(int value, int by) {
    return value >= 0 ? value / by : -((by - 1 - value) / by);
  }

  // Least and greatest separation across the sky to each column, then the edges in between.
  void classify_columns(Around& centre) const {
    float gap_x[2 * kMaxReach + 1], far_x[2 * kMaxReach + 1];
    float gap_y[2 * kMaxReach + 1], far_y[2 * kMaxReach + 1];
    float farthest[kMaxOffsets];
    squared_extent(centre, 0, gap_x, far_x);
    squared_extent(centre, 1, gap_y, far_y);
    for (int o = 0; o < n_offset_; ++o) {
      const int x = offset_x_[o] + reach_[0], y = offset_y_[o] + reach_[1];
      centre.nearest[o] = gap_x[x] + gap_y[y];
      farthest[o] = far_x[x] + far_y[y];
    }
    count_edges(geometry_.surely_beyond, centre.nearest, centre.edge_low);
    if constexpr (kFull) {
      std::memset(centre.edge_high, geometry_.n_edge, static_cast<std::size_t>(n_offset_));
    } else {
      count_edges(geometry_.surely_below, farthest, centre.edge_high);
    }
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

  void squared_extent(const Around& centre, int axis, float* gap, float* far) const {
    const double width = grid_.width[axis];
    for (int step = -reach_[axis]; step <= reach_[axis]; ++step) {
      const double low = step * width - centre.within[axis], high = low + width;
      const double least = low > 0 ? low : (high < 0 ? -high : 0.0);
      const double most = -low > high ? -low : high;
      gap[step + reach_[axis]] = static_cast<float>(least * least);
      far[step + reach_[axis]] = static_cast<float>(most * most);
    }
  }

  // How many of the limits lie at or below each value.
  void count_edges(const float* limits, const float* values, std::uint8_t* counts) const {
    std::int32_t below[kMaxOffsets];
    for (int o = 0; o < n_offset_; ++o) below[o] = 0;
    for (int k = 0; k < geometry_.n_edge; ++k) {
      const float limit = limits[k];
      for (int o = 0; o < n_offset_; ++o) below[o] += values[o] >= limit;
    }
    for (int o = 0; o < n_offset_; ++o) counts[o] = static_cast<std::uint8_t>(below[o]);
  }

  // Whether an image of the box, `image` sides along z, reaches any of the group.
  bool is_within_reach(int image) const {
    if (geometry_.whole_depth) return image == 0;
    bool reaches = false;
    for (int g = 0; g < n_centre_; ++g) {
      const double depth = centres_[g].position[2] + image * grid_.sides[2] - grid_.origin[2];
      reaches |= depth + geometry_.half_depth >= 0 &&
                 depth - geometry_.half_depth <= grid_.sides[2];
    }
    return reaches;
  }

  // All runs before any is added: their chains of lookups overlap, and no branch waits for one.
  void find_runs(int image) {
    const double shift = image * grid_.sides[2];
    const double per_slot = grid_.n_slot / grid_.sides[2], slack = 1e-9 * grid_.sides[2];
    for (int g = 0; g < n_centre_; ++g) {
      const Around& centre = centres_[g];
      const double depth = centre.position[2] + shift - grid_.origin[2];
      double half = geometry_.half_depth;
      int slot_low = 0, slot_high = 0;
      if (!geometry_.whole_depth) {
        slot_low = slot_of((depth - half - slack) * per_slot);
        slot_high = slot_of((depth + half - slack) * per_slot);
      }
      for (int o = 0; o < n_offset_; ++o) {
        std::int32_t& low = low_[o * kGroup + g];
        std::int32_t& high = high_[o * kGroup + g];
        const std::int64_t column = column_[o];
        if (geometry_.whole_depth) {
          low = 0;
          high = columns_.length[column];
          continue;
        }
        if constexpr (kFull) {
          half = half_chord(centre, o);
          slot_low = slot_of((depth - half - slack) * per_slot);
          slot_high = slot_of((depth + half - slack) * per_slot);
        }
        const std::int32_t* slots = columns_.slot + column * (grid_.n_slot + 1);
        const double* z = columns_.z + columns_.offset[column];
        low = first_not_too_low(centre.position[2], z, slots[slot_low], shift, half);
        high = first_too_high(centre.position[2], z, slots[slot_high], shift, half);
      }
    }
  }

  double half_chord(const Around& centre, int o) const {
    const double slack = 1e-9 * grid_.sides[2];
    const double left = geometry_.reach * geometry_.reach - centre.nearest[o] * (1 - 1e-6);
    const double half = left > 0 ? std::sqrt(left) * (1 + 1e-6) + slack : slack;
    return half < geometry_.half_depth ? half : geometry_.half_depth;
  }

  // Column by column for the whole group, so that a column is read from afar only once.
  void add_runs(int image) {
    if (geometry_.is_summed) {
      for (int o = 0; o < n_offset_; ++o) {
        for (int g = 0; g < n_centre_; ++g) add_run(g, o, image);
      }
    } else {  // here the bins of one point fill the nearest cache
      for (int g = 0; g < n_centre_; ++g) {
        for (int o = 0; o < n_offset_; ++o) add_run(g, o, image);
      }
    }
  }

  void add_run(int g, int o, int image) {
    Around& centre = centres_[g];
    const std::int32_t low = low_[o * kGroup + g], high = high_[o * kGroup + g];
    if (low >= high || centre.edge_low[o] >= geometry_.n_edge) return;
    const std::int64_t start = columns_.offset[column_[o]];
    add(centre, {start + low, start + high, o, centre.edge_low[o], centre.edge_high[o], image});
  }

  int slot_of(double slot) const {
    const int whole = static_cast<int>(slot);
    return whole < 0 ? 0 : (whole >= grid_.n_slot ? grid_.n_slot - 1 : whole);
  }

  static int count_true(decltype(Depths{} < Depths{}) mask) {
#if defined(__AVX2__)
    return __builtin_popcount(
        static_cast<unsigned>(__builtin_ia32_movmskpd256(reinterpret_cast<Depths>(mask))));
#else
    return static_cast<int>(-(mask[0] + mask[1] + mask[2] + mask[3]));
#endif
  }

  // Depths past the end of a column are infinite: neither too low nor within reach.
  static std::int32_t first_not_too_low(double from, const double* z, std::int32_t j, double shift,
                                        double half) {
    while (true) {
      const Depths first = (from - load<Depths>(z + j)) + shift;
      const Depths second = (from - load<Depths>(z + j + 4)) + shift;
      const int n = count_true(first >= half) + count_true(second >= half);
      j += n;
      if (n < 8) return j;
    }
  }

  static std::int32_t first_too_high(double from, const double* z, std::int32_t j, double shift,
                                     double half) {
    while (true) {
      const Depths first = (from - load<Depths>(z + j)) + shift;
      const Depths second = (from - load<Depths>(z + j + 4)) + shift;
      const int n = count_true(first > -half) + count_true(second > -half);
      j += n;
      if (n < 8) return j;
    }
  }

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

  // The point as seen from the cell of a run, or absolute with the image's shift for double.
  struct Viewpoint {
    T x, y, shift_x, shift_y;
    double z, shift_z;
    std::uint32_t turn;
  };

  Viewpoint viewpoint(const Around& centre, const Run& run) const {
    Viewpoint from{};
    const int o = run.offset;
    if constexpr (kExact) {
      from.x = centre.position[0];
      from.y = centre.position[1];
      from.shift_x = -image_x_[o] * grid_.sides[0];
      from.shift_y = -image_y_[o] * grid_.sides[1];
    } else {
      from.x = static_cast<T>(centre.within[0] - (offset_x_[o] + 0.5) * grid_.width[0]);
      from.y = static_cast<T>(centre.within[1] - (offset_y_[o] + 0.5) * grid_.width[1]);
    }
    from.z = centre.position[2];
    from.turn = centre.turn;
    from.shift_z = run.image * grid_.sides[2];
    return from;
  }

  V depths(const Viewpoint& from, std::int64_t j) const {
    if constexpr (kExact) {
      return (from.z - load<V>(columns_.z + j)) + from.shift_z;
    } else {
      using Turns = LaneIndex<T>;
      const B apart = from.turn - load<B>(columns_.turn + j);
      return __builtin_convertvector(reinterpret_cast<Turns>(apart), V) *
             static_cast<T>(grid_.sides[2] / 4294967296.0);
    }
  }

  V squared_separations(const Viewpoint& from, std::int64_t j) const {
    V dx = from.x - load<V>(columns_.x + j);
    V dy = from.y - load<V>(columns_.y + j);
    if constexpr (kExact) {
      dx = dx + from.shift_x;
      dy = dy + from.shift_y;
    }
    V squared = dx * dx + dy * dy;
    if constexpr (kFull) {
      const V dz = depths(from, j);
      squared = squared + dz * dz;
    }
    return squared;
  }

  // Past the end of a run: not below any edge, and without weight.
  static V beyond_all(V squared, LaneIndex<T> is_past) {
    return reinterpret_cast<V>(reinterpret_cast<LaneIndex<T>>(squared) | is_past);
  }

  static V masked(LaneIndex<T> mask, V value) {
    return reinterpret_cast<V>(mask & reinterpret_cast<LaneIndex<T>>(value));
  }

  // Distance past the edge in units of the last place: small means too close to call.
  static B units_past(V squared, V edge) {
    return reinterpret_cast<B>(squared) - reinterpret_cast<B>(edge);
  }

  T edge(int k) const {
    if constexpr (kExact) {
      return geometry_.squared[k];
    } else {
      return geometry_.surely_below[k];
    }
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
  void add_between(Around& centre, const Run& run, int s, const V* below, int n_cut, V all) const {
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
    const Viewpoint from = viewpoint(centre, run);
    V below[kSamples][kCut], all[kSamples], edges[kCut];
    B closest = ~B{};
    for (int k = 0; k < kCut; ++k) edges[k] = V{} + edge(edge_low + k);
    for (int s = 0; s < kSamples; ++s) {
      all[s] = V{};
      for (int k = 0; k < kCut; ++k) below[s][k] = V{};
    }
    const auto add = [&](V squared, const V* weights) __attribute__((always_inline)) {
      for (int k = 0; k < kCut; ++k) {
        const auto is_below = squared < edges[k];
        for (int s = 0; s < kSamples; ++s) below[s][k] += masked(is_below, weights[s]);
        if constexpr (!kExact) closest = smaller(closest, units_past(squared, edges[k]));
      }
      if constexpr (kSumsAll) {
        for (int s = 0; s < kSamples; ++s) all[s] += weights[s];
      }
    };
    V weights[kSamples];
    const auto add_part = [&](std::int64_t j) __attribute__((always_inline)) {
      const auto is_inside = lanes_inside(run, j);
      for (int s = 0; s < kSamples; ++s) {
        weights[s] = masked(is_inside, load<V>(columns_.weights[s] + j));
      }
      add(beyond_all(squared_separations(from, j), ~is_inside), weights);
    };
    std::int64_t j = run.begin;
    for (; j + kWidth <= run.end; j += kWidth) {
      for (int s = 0; s < kSamples; ++s) weights[s] = load<V>(columns_.weights[s] + j);
      add(squared_separations(from, j), weights);
    }
    if (j < run.end) add_part(j);
    for (int s = 0; s < kSamples; ++s) {
      for (int k = 0; k < kCut; ++k) below_out[s][k] = below[s][k];
      all_out[s] = all[s];
    }
    return closest;
  }

  static LaneIndex<T> lanes_inside(const Run& run, std::int64_t j) {
    const LaneIndex<T> lane = lane_numbers<T>() + static_cast<int>(j - run.begin);
    return (lane >= 0) & (lane < static_cast<int>(run.end - run.begin));
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
    const Viewpoint from = viewpoint(centre, run);
    const int n_cut = run.edge_high - run.edge_low;
    V below[kSamples][kMaxEdges] = {}, all[kSamples] = {};
    double shift[3];
    image_shift(run, shift);
    for (std::int64_t j = run.begin / kWidth * kWidth; j < run.end; j += kWidth) {
      const auto is_inside = lanes_inside(run, j);
      const V squared = beyond_all(squared_separations(from, j), ~is_inside);
      B closest = ~B{};
      for (int k = 0; k < n_cut; ++k) {
        closest = smaller(closest, units_past(squared, V{} + edge(run.edge_low + k)));
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
          below[s][k] += masked(squared < V{} + edge(run.edge_low + k), weights);
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

  void image_shift(const Run& run, double* shift) const {
    shift[0] = -image_x_[run.offset] * grid_.sides[0];
    shift[1] = -image_y_[run.offset] * grid_.sides[1];
    shift[2] = geometry_.whole_depth ? 0 : run.image * grid_.sides[2];
  }

  // Bins in both coordinates: the separation from the edges that cut the column, the line of sight
  // from a table, and in float64 whatever is too close to an edge in either.
  void add_to_bins(Around& centre, const Run& run) const {
    const Viewpoint from = viewpoint(centre, run);
    const int n_slot = geometry_.n_slot();
    const LaneIndex<T> first_slot = lane_numbers<T>() * (kSamples * n_slot);
    for (std::int64_t j = run.begin; j < run.end; j += kWidth) {
      V dx = from.x - load<V>(columns_.x + j);
      V dy = from.y - load<V>(columns_.y + j);
      if constexpr (kExact) {
        dx = dx + from.shift_x;
        dy = dy + from.shift_y;
      }
      const V dz = depths(from, j);
      V squared = dx * dx + dy * dy;
      if constexpr (kFull) squared = squared + dz * dz;
      LaneIndex<T> row = LaneIndex<T>{} + run.edge_low;
      B closest = ~B{};
      for (int k = run.edge_low; k < run.edge_high; ++k) {
        const V limit = V{} + edge(k);
        row -= squared >= limit;
        if constexpr (!kExact) closest = smaller(closest, units_past(squared, limit));
      }
      LaneIndex<T> is_unclear{};
      if constexpr (!kExact) {
        is_unclear = closest < geometry_.unclear_width[run.edge_low];
        if constexpr (kFull) is_unclear |= squared < geometry_.no_angle_below;
      }
      const LaneIndex<T> column = sight_column(dz, squared, is_unclear);
      LaneNumber slot[kWidth];
      store(slot, first_slot + row * geometry_.n_sight_column() + column);
      const auto is_inside = lanes_inside(run, j);
      if (any(is_unclear & is_inside)) settle(centre, run, j, is_unclear & is_inside, slot);
      for (int s = 0; s < kSamples; ++s) {
        T weights[kWidth];
        store(weights, masked(is_inside, load<V>(columns_.weights[s] + j)));
        T* bins = centre.bins + s * n_slot;
        for (int lane = 0; lane < kWidth; ++lane) bins[slot[lane]] += weights[lane];
      }
    }
  }

  // The interval between edges along the line of sight, of |pi| or of mu^2, which needs no root:
  // a table gives the edges below a bucket of values, and the one edge that may lie in it.
  LaneIndex<T> sight_column(V dz, V squared, LaneIndex<T>& is_unclear) const {
    V sight;
    if constexpr (kFull) {
      sight = dz * dz / squared;
    } else {
      sight = dz < 0 ? -dz : dz;
    }
    if (geometry_.bins_per_sight > 0) return even_column(sight, is_unclear);
    const V place = sight * geometry_.buckets_per_sight;
    const V last = V{} + (halograd::kSightBuckets - 1);
    const LaneIndex<T> bucket =
        __builtin_convertvector(place < last ? place : last, LaneIndex<T>);
    const V edge = look_up(geometry_.sight_edge_within, bucket);
    const V past = sight - edge;
    // Not a number, for coincident points and for buckets with several edges, is unclear too.
    is_unclear |= ~((past < 0 ? -past : past) > geometry_.sight_slack);
    return look_up(geometry_.sight_edges_below, bucket) - (past >= 0);
  }

  // The same for bins of equal width from zero on, by arithmetic: two look-ups cost more.
  LaneIndex<T> even_column(V sight, LaneIndex<T>& is_unclear) const {
    V place = sight * geometry_.bins_per_sight;
    const V last = V{} + static_cast<T>(geometry_.n_sight_edge - 1);  // and beyond, as past the end of a run
    place = place < last ? place : last;
    const LaneIndex<T> whole = __builtin_convertvector(place, LaneIndex<T>);
    const V rest = place - __builtin_convertvector(whole, V);
    const float slack = geometry_.sight_slack * geometry_.bins_per_sight;
    is_unclear |= (rest < slack) | (rest > 1 - slack);
    return whole + 1;
  }

  __attribute__((noinline)) void settle(const Around& centre, const Run& run, std::int64_t j,
                                        LaneIndex<T> is_unclear, LaneNumber* slot) const {
    double shift[3];
    image_shift(run, shift);
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

  int n_centre_ = 0;
  Around centres_[kGroup];
  T* bins_ = nullptr;

  int cell_[2] = {-1, -1}, next_cell_[2] = {-1, -1};
  int n_offset_ = 0, reach_[2];
  std::int16_t offset_x_[kMaxOffsets], offset_y_[kMaxOffsets];
  std::int16_t image_x_[kMaxOffsets], image_y_[kMaxOffsets];  // box lengths
  std::int32_t column_[kMaxOffsets];
  std::int32_t low_[kMaxOffsets * kGroup], high_[kMaxOffsets * kGroup];  // runs, per column
};

template <class T, int kSamples, bool kFull>
void count_with(const Problem<T>& problem, const Output<T>& output, std::int64_t begin,
                std::int64_t end) {
  auto* counter = new Counter<T, kSamples, kFull>(problem, output);  // too large for a stack
  counter->count(begin, end);
  delete counter;
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
