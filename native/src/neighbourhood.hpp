// Which stretches of which columns hold the neighbours of a point.
//
// Seen from a point, every column of the second set is one of three kinds for every bin edge: all
// inside, all beyond, or cut. Depths are sorted, so the points of a column within reach along the
// line of sight are a contiguous run, found exactly.
//
// In an unnamed namespace, as lanes.hpp is and for the same reason.
#pragma once

#include <cmath>
#include <cstdint>

#include "lanes.hpp"
#include "problem.hpp"

namespace {

constexpr int kMaxReach = 20;  // columns to either side
constexpr int kMaxOffsets = (2 * kMaxReach + 1) * (2 * kMaxReach + 1);
constexpr int kFewEdges = 64;  // up to which edges are counted for all columns at once
constexpr int kGroup = 8;  // points of one cell whose runs are found together

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

// A point of the first set, and where the columns around it lie.
struct Vantage {
  const double* position;
  std::int64_t index;
  double within[2];    // of its cell
  std::uint32_t turn;  // its z, in turns of 2^32 to the box
  float nearest[kMaxOffsets];           // squared separation across the sky, per column
  std::uint16_t edge_low[kMaxOffsets];   // edges below it lie nearer than the column
  std::uint16_t edge_high[kMaxOffsets];  // edges from it on lie beyond the column
};

// Points of one cell whose runs are found together, each an Around (a Vantage and what is summed).
template <class Around>
struct Group {
  int n = 0;
  int cell[2];
  Around centres[kGroup];

  // Takes the next points that share a cell, but for those to skip; returns where the search goes
  // on. The first point of another cell is left for the next group.
  template <class Place, class Skips>
  std::int64_t gather(std::int64_t begin, std::int64_t end, const Place& place, const Skips& skips) {
    n = 0;
    for (; begin < end && n < kGroup; ++begin) {
      if (skips(begin)) continue;
      int of_point[2];
      place(centres[n], begin, of_point);
      if (n > 0 && (of_point[0] != cell[0] || of_point[1] != cell[1])) break;
      cell[0] = of_point[0];
      cell[1] = of_point[1];
      ++n;
    }
    return begin;
  }
};

enum class Sides { kBoth, kOne };  // neighbours all around, or of each pair only one of the two

template <class T, bool kFull>
class Neighbourhood {
 public:
  Neighbourhood(const halograd::Grid& grid, const halograd::Geometry& geometry,
                const halograd::Columns<T>& columns, Sides sides = Sides::kBoth)
      : grid_(grid), geometry_(geometry), columns_(columns) {
    list_offsets(sides);
  }

  int n_offset() const { return n_offset_; }
  std::int32_t column(int o) const { return column_[o]; }
  bool is_own(int o) const { return offset_x_[o] == 0 && offset_y_[o] == 0; }

  // Middle of a column along an axis, as a point of the current cell sees it.
  double middle(int o, int axis) const {
    return ((axis == 0 ? offset_x_ : offset_y_)[o] + 0.5) * grid_.width[axis];
  }

  // How far the image of the box is away that a column lies in.
  double shift(int o, int axis) const {
    return -(axis == 0 ? image_x_ : image_y_)[o] * grid_.sides[axis];
  }

  // Fills the place of a point; returns its cell.
  void place(Vantage& point, const double* position, std::int64_t index, int* cell) const {
    point.index = index;
    point.position = position;
    for (int axis = 0; axis < 2; ++axis) {
      const double along = position[axis] - grid_.origin[axis];
      cell[axis] = cell_of(along, grid_.width[axis], grid_.n[axis]);
      point.within[axis] = along - cell[axis] * grid_.width[axis];
    }
    const double turn = (position[2] - grid_.origin[2]) / grid_.sides[2] * 4294967296.0;
    point.turn = static_cast<std::uint32_t>(static_cast<std::int64_t>(std::nearbyint(turn)));
  }

  void enter_cell(const int* cell) {
    if (cell[0] == cell_[0] && cell[1] == cell_[1]) return;
    cell_[0] = cell[0];
    cell_[1] = cell[1];
    for (int o = 0; o < n_offset_; ++o) {
      const int x = cell_[0] + offset_x_[o], y = cell_[1] + offset_y_[o];
      image_x_[o] = static_cast<std::int16_t>(floor_divide(x, grid_.n[0]));
      image_y_[o] = static_cast<std::int16_t>(floor_divide(y, grid_.n[1]));
      column_[o] = (x - image_x_[o] * grid_.n[0]) * grid_.n[1] + (y - image_y_[o] * grid_.n[1]);
    }
  }

  // Least and greatest separation across the sky to each column, then the edges in between.
  void classify_columns(Vantage& point) const {
    float gap_x[2 * kMaxReach + 1], far_x[2 * kMaxReach + 1];
    float gap_y[2 * kMaxReach + 1], far_y[2 * kMaxReach + 1];
    float farthest[kMaxOffsets];
    squared_extent(point, 0, gap_x, far_x);
    squared_extent(point, 1, gap_y, far_y);
    for (int o = 0; o < n_offset_; ++o) {
      const int x = offset_x_[o] + reach_[0], y = offset_y_[o] + reach_[1];
      point.nearest[o] = gap_x[x] + gap_y[y];
      farthest[o] = far_x[x] + far_y[y];
    }
    count_edges(geometry_.surely_beyond, point.nearest, point.edge_low);
    if constexpr (kFull) {
      const auto every = static_cast<std::uint16_t>(geometry_.n_edge);
      for (int o = 0; o < n_offset_; ++o) point.edge_high[o] = every;
    } else {
      count_edges(geometry_.surely_below, farthest, point.edge_high);
    }
  }

  // Whether an image of the box, `image` sides along z, reaches the point.
  bool reaches(const Vantage& point, int image) const {
    if (geometry_.whole_depth) return image == 0;
    const double depth = point.position[2] + image * grid_.sides[2] - grid_.origin[2];
    return depth + geometry_.half_depth >= 0 && depth - geometry_.half_depth <= grid_.sides[2];
  }

  // The run [low, high) in the column at each offset o, at place o * kGroup.
  void find_runs(const Vantage& point, int image, std::int32_t* low_of, std::int32_t* high_of) const {
    const double shift = image * grid_.sides[2];
    const double per_slot = grid_.n_slot / grid_.sides[2], slack = 1e-9 * grid_.sides[2];
    const double depth = point.position[2] + shift - grid_.origin[2];
    double half = geometry_.half_depth;
    int slot_low = 0, slot_high = 0;
    if (!geometry_.whole_depth) {
      slot_low = slot_of((depth - half - slack) * per_slot);
      slot_high = slot_of((depth + half - slack) * per_slot);
    }
    for (int o = 0; o < n_offset_; ++o) {
      std::int32_t& low = low_of[o * kGroup];
      std::int32_t& high = high_of[o * kGroup];
      const std::int64_t column = column_[o];
      if (geometry_.whole_depth) {
        low = 0;
        high = columns_.length[column];
        continue;
      }
      if constexpr (kFull) {
        half = half_chord(point, o);
        slot_low = slot_of((depth - half - slack) * per_slot);
        slot_high = slot_of((depth + half - slack) * per_slot);
      }
      const std::int32_t* slots = columns_.slot + column * (grid_.n_slot + 1);
      const double* z = columns_.z + columns_.offset[column];
      low = first_not_too_low(point.position[2], z, slots[slot_low], shift, half);
      high = first_too_high(point.position[2], z, slots[slot_high], shift, half);
    }
  }

 private:
  // Neighbouring columns that any point of a cell can reach, row by row.
  void list_offsets(Sides sides) {
    for (int axis = 0; axis < 2; ++axis) {
      reach_[axis] = static_cast<int>(std::ceil(geometry_.reach / grid_.width[axis]));
    }
    for (int x = -reach_[0]; x <= reach_[0]; ++x) {
      for (int y = -reach_[1]; y <= reach_[1]; ++y) {
        if (sides == Sides::kOne && (x < 0 || (x == 0 && y < 0))) continue;
        const double gap_x = (x == 0 ? 0 : std::abs(x) - 1) * grid_.width[0];
        const double gap_y = (y == 0 ? 0 : std::abs(y) - 1) * grid_.width[1];
        if (std::hypot(gap_x, gap_y) > geometry_.reach * (1 + 1e-6)) continue;
        offset_x_[n_offset_] = static_cast<std::int16_t>(x);
        offset_y_[n_offset_] = static_cast<std::int16_t>(y);
        ++n_offset_;
      }
    }
  }

  static int cell_of(double along, double width, int n) {
    const int cell = static_cast<int>(std::floor(along / width));
    return cell < 0 ? 0 : (cell >= n ? n - 1 : cell);
  }

  static int floor_divide(int value, int by) {
    return value >= 0 ? value / by : -((by - 1 - value) / by);
  }

  void squared_extent(const Vantage& point, int axis, float* gap, float* far) const {
    const double width = grid_.width[axis];
    for (int step = -reach_[axis]; step <= reach_[axis]; ++step) {
      const double low = step * width - point.within[axis], high = low + width;
      const double least = low > 0 ? low : (high < 0 ? -high : 0.0);
      const double most = -low > high ? -low : high;
      gap[step + reach_[axis]] = static_cast<float>(least * least);
      far[step + reach_[axis]] = static_cast<float>(most * most);
    }
  }

  // How many of the limits lie at or below each value.
  void count_edges(const float* limits, const float* values, std::uint16_t* counts) const {
    if (geometry_.n_edge > kFewEdges) {
      for (int o = 0; o < n_offset_; ++o) counts[o] = at_or_below(limits, values[o]);
      return;
    }
    std::int32_t below[kMaxOffsets];
    for (int o = 0; o < n_offset_; ++o) below[o] = 0;
    for (int k = 0; k < geometry_.n_edge; ++k) {
      const float limit = limits[k];
      for (int o = 0; o < n_offset_; ++o) below[o] += values[o] >= limit;
    }
    for (int o = 0; o < n_offset_; ++o) counts[o] = static_cast<std::uint16_t>(below[o]);
  }

  // One value among many limits, by halves.
  std::uint16_t at_or_below(const float* limits, float value) const {
    int low = 0, high = geometry_.n_edge;
    while (low < high) {
      const int middle = (low + high) / 2;
      if (value >= limits[middle]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return static_cast<std::uint16_t>(low);
  }

  double half_chord(const Vantage& point, int o) const {
    const double slack = 1e-9 * grid_.sides[2];
    const double left = geometry_.reach * geometry_.reach - point.nearest[o] * (1 - 1e-6);
    const double half = left > 0 ? std::sqrt(left) * (1 + 1e-6) + slack : slack;
    return half < geometry_.half_depth ? half : geometry_.half_depth;
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

  const halograd::Grid& grid_;
  const halograd::Geometry& geometry_;
  const halograd::Columns<T>& columns_;

  int cell_[2] = {-1, -1};
  int n_offset_ = 0, reach_[2];
  std::int16_t offset_x_[kMaxOffsets], offset_y_[kMaxOffsets];
  std::int16_t image_x_[kMaxOffsets], image_y_[kMaxOffsets];  // box lengths
  std::int32_t column_[kMaxOffsets];
};

}  // namespace
