// The second point set with its weights, laid out for the kernel at every call.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include "problem.hpp"

namespace halograd {

// Sorted by column, then z, as `halograd_sort_points` leaves them.
struct SortedPoints {
  const double* positions;
  const std::int32_t* rows;
  std::int64_t n;
};

constexpr std::size_t kAlignment = 64;  // of a cache line and of the widest vectors

struct Release {
  void operator()(void* memory) const {
    ::operator delete(memory, std::align_val_t{kAlignment});
  }
};

template <class T>
using Array = std::unique_ptr<T, Release>;

template <class T>
class ColumnStore {
 public:
  ColumnStore(const SortedPoints& points, const std::int32_t* starts, const Grid& grid,
              bool needs_turns)
      : points_(points), starts_(starts), grid_(grid) {
    const std::int64_t n_column = grid.n_column(), n = points.n + 2 * kPadding * n_column;
    columns_.offset = allocate(offset_, n_column);
    columns_.length = allocate(length_, n_column);
    columns_.slot = allocate(slot_, n_column * (grid.n_slot + 1));
    columns_.x = allocate(x_, n);
    columns_.y = allocate(y_, n);
    columns_.z = allocate(z_, n);
    columns_.turn = needs_turns ? allocate(turn_, n) : nullptr;
    columns_.source = allocate(source_, n);
    std::int64_t offset = 0;
    for (std::int64_t c = 0; c < n_column; ++c) {
      columns_.offset[c] = offset;
      const std::int64_t length = starts[c + 1] - starts[c] + kPadding;
      offset += (length + kPadding - 1) / kPadding * kPadding;
    }
    n_ = n;
  }

  // Entries of all arrays: the points, and padding.
  std::int64_t n_entry() const { return n_; }

  // All points, without weights.
  template <class Team>
  const Columns<T>& fill(Team& team) {
    return fill(nullptr, 0, 0, 0, team);
  }

  // Points without weight in any of the samples are left out: they add to no sum.
  template <class Team>
  const Columns<T>& fill(const T* weights, int n_column_of_weights, int first_sample, int n_sample,
                         Team& team) {
    for (int s = 0; s < n_sample; ++s) {
      if (!weights_[s]) {
        columns_.weights[s] = allocate(weights_[s], n_);
        columns_.running[s] = allocate(running_[s], n_);
      }
    }
    const std::int64_t n_column = grid_.n_column(), at_once = std::max<std::int64_t>(1, n_column / 64);
    team.run((n_column + at_once - 1) / at_once, [&](std::int64_t task) {
      const std::int64_t end = std::min(n_column, (task + 1) * at_once);
      for (std::int64_t c = task * at_once; c < end; ++c) {
        fill_column(c, weights + first_sample, n_column_of_weights, n_sample);
      }
    });
    return columns_;
  }

 private:
  template <class U>
  static U* allocate(Array<U>& owner, std::int64_t n) {
    const std::size_t bytes = sizeof(U) * static_cast<std::size_t>(n);
    owner.reset(static_cast<U*>(::operator new(bytes, std::align_val_t{kAlignment})));
    return owner.get();
  }

  void fill_column(std::int64_t column, const T* weights, int stride, int n_sample) {
    std::int64_t to = columns_.offset[column];
    const std::int64_t cell[2] = {column / grid_.n[1], column % grid_.n[1]};
    double middle[2] = {0, 0};
    if constexpr (std::is_same_v<T, float>) {
      for (int axis = 0; axis < 2; ++axis) {
        middle[axis] = grid_.origin[axis] + (cell[axis] + 0.5) * grid_.width[axis];
      }
    }
    double running[kMaxSamples] = {};
    for (std::int64_t from = starts_[column]; from < starts_[column + 1]; ++from) {
      const T* of_point = weights + static_cast<std::int64_t>(points_.rows[from]) * stride;
      bool weighs = n_sample == 0;
      for (int s = 0; s < n_sample; ++s) weighs |= of_point[s] != 0;
      if (!weighs) continue;
      const double* position = points_.positions + 3 * from;
      columns_.x[to] = static_cast<T>(position[0] - middle[0]);
      columns_.y[to] = static_cast<T>(position[1] - middle[1]);
      columns_.z[to] = position[2];
      if (columns_.turn) columns_.turn[to] = turns(position[2]);
      columns_.source[to] = static_cast<std::int32_t>(from);
      for (int s = 0; s < n_sample; ++s) {
        columns_.weights[s][to] = of_point[s];
        columns_.running[s][to] = running[s];
        running[s] += of_point[s];
      }
      ++to;
    }
    columns_.length[column] = static_cast<std::int32_t>(to - columns_.offset[column]);
    for (int pad = 0; pad < kPadding; ++pad) {
      columns_.x[to + pad] = columns_.y[to + pad] = 0;
      columns_.z[to + pad] = std::numeric_limits<double>::infinity();
      if (columns_.turn) columns_.turn[to + pad] = 0;
      for (int s = 0; s < n_sample; ++s) {
        columns_.weights[s][to + pad] = 0;
        columns_.running[s][to + pad] = running[s];
      }
    }
    fill_slots(column);
  }

  std::uint32_t turns(double z) const {
    const double turn = (z - grid_.origin[2]) / grid_.sides[2] * 4294967296.0;
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(std::nearbyint(turn)));
  }

  void fill_slots(std::int64_t column) {
    std::int32_t* slots = columns_.slot + column * (grid_.n_slot + 1);
    const double* z = columns_.z + columns_.offset[column];
    const std::int32_t length = columns_.length[column];
    const double per_slot = grid_.n_slot / grid_.sides[2];
    int slot = 0;
    for (std::int32_t j = 0; j < length; ++j) {
      int of_point = static_cast<int>((z[j] - grid_.origin[2]) * per_slot);
      of_point = std::min(std::max(of_point, 0), grid_.n_slot - 1);
      while (slot <= of_point) slots[slot++] = j;
    }
    while (slot <= grid_.n_slot) slots[slot++] = length;
  }

  const SortedPoints points_;
  const std::int32_t* starts_;
  const Grid grid_;
  std::int64_t n_ = 0;
  Columns<T> columns_{};
  Array<std::int64_t> offset_;
  Array<std::int32_t> length_, slot_, source_;
  Array<std::uint32_t> turn_;
  Array<T> x_, y_, weights_[kMaxSamples];
  Array<double> z_, running_[kMaxSamples];
};

}  // namespace halograd
