// Separations from a point to the points of a run, lane by lane, and what is too close to an edge.
//
// In float, squared separations within rounding of an edge are recognised, to be compared again in
// float64: bins are those of float64 arithmetic in either precision.
//
// In an unnamed namespace, as lanes.hpp is and for the same reason.
#pragma once

#include <cstdint>

#include "lanes.hpp"
#include "neighbourhood.hpp"
#include "problem.hpp"

namespace {

template <class T, bool kFull>
class Separations {
 public:
  using V = Lanes<T>;
  using B = LaneBits<T>;
  static constexpr bool kExact = sizeof(T) == 8;

  Separations(const halograd::Grid& grid, const halograd::Geometry& geometry,
              const halograd::Columns<T>& columns, const Neighbourhood<T, kFull>& around)
      : grid_(grid), geometry_(geometry), columns_(columns), around_(around) {}

  // The point as seen from the cell of a run, or absolute with the image's shift for double.
  struct Viewpoint {
    T x, y, shift_x, shift_y;
    double z, shift_z;
    std::uint32_t turn;
  };

  __attribute__((always_inline)) Viewpoint viewpoint(const Vantage& centre, const Run& run) const {
    Viewpoint from{};
    const int o = run.offset;
    if constexpr (kExact) {
      from.x = centre.position[0];
      from.y = centre.position[1];
      from.shift_x = around_.shift(o, 0);
      from.shift_y = around_.shift(o, 1);
    } else {
      from.x = static_cast<T>(centre.within[0] - around_.middle(o, 0));
      from.y = static_cast<T>(centre.within[1] - around_.middle(o, 1));
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

  V squared_across(const Viewpoint& from, std::int64_t j) const {
    V dx = from.x - load<V>(columns_.x + j);
    V dy = from.y - load<V>(columns_.y + j);
    if constexpr (kExact) {
      dx = dx + from.shift_x;
      dy = dy + from.shift_y;
    }
    return dx * dx + dy * dy;
  }

  V squared(const Viewpoint& from, std::int64_t j) const {
    V squared = squared_across(from, j);
    if constexpr (kFull) {
      const V dz = depths(from, j);
      squared = squared + dz * dz;
    }
    return squared;
  }

  // The same, and the part of it along the line of sight.
  V squared(const Viewpoint& from, std::int64_t j, V& depth_squared) const {
    const V dz = depths(from, j);
    depth_squared = dz * dz;
    return squared_across(from, j) + depth_squared;
  }

  T edge(int k) const {
    if constexpr (kExact) {
      return geometry_.squared[k];
    } else {
      return geometry_.surely_below[k];
    }
  }

  // Distance past the edge in units of the last place: small means too close to call.
  static B units_past(V squared, V edge) {
    return reinterpret_cast<B>(squared) - reinterpret_cast<B>(edge);
  }

  // The slot of bins in both coordinates: the separation from the edges that cut the column, the
  // line of sight from a table; `is_unclear` is set where float cannot tell.
  LaneIndex<T> slots(const Viewpoint& from, const Run& run, std::int64_t j,
                     LaneIndex<T>& is_unclear) const {
    const V dz = depths(from, j);
    V squared = squared_across(from, j);
    if constexpr (kFull) squared = squared + dz * dz;
    const LaneIndex<T> row = rows(squared, run, is_unclear);
    if constexpr (!kExact && kFull) is_unclear |= squared < geometry_.no_angle_below;
    const LaneIndex<T> column = sight_column(dz, squared, is_unclear);
    return row * geometry_.n_sight_column() + column;
  }

  // The number of separation edges at or below, likewise.
  LaneIndex<T> rows(V squared, const Run& run, LaneIndex<T>& is_unclear) const {
    LaneIndex<T> row = LaneIndex<T>{} + run.edge_low;
    B closest = ~B{};
    for (int k = run.edge_low; k < run.edge_high; ++k) {
      const V limit = V{} + edge(k);
      row -= squared >= limit;
      if constexpr (!kExact) closest = smaller(closest, units_past(squared, limit));
    }
    if constexpr (!kExact) is_unclear = closest < geometry_.unclear_width[run.edge_low];
    return row;
  }

  static LaneIndex<T> lanes_inside(const Run& run, std::int64_t j) {
    const LaneIndex<T> lane = lane_numbers<T>() + static_cast<int>(j - run.begin);
    return (lane >= 0) & (lane < static_cast<int>(run.end - run.begin));
  }

  void image_shift(const Run& run, double* shift) const {
    shift[0] = around_.shift(run.offset, 0);
    shift[1] = around_.shift(run.offset, 1);
    shift[2] = geometry_.whole_depth ? 0 : run.image * grid_.sides[2];
  }

 private:
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

  const halograd::Grid& grid_;
  const halograd::Geometry& geometry_;
  const halograd::Columns<T>& columns_;
  const Neighbourhood<T, kFull>& around_;
};

}  // namespace
