// Pair counts between nodes: the hot loops, compiled once per instruction set.
//
// Around each point, the coefficients of its neighbours are summed by bin and place in a scratch
// that the nearest cache holds. Every pair of points is met from one side only.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "lanes.hpp"
#include "neighbourhood.hpp"
#include "separations.hpp"
#include "table.hpp"

#if !defined(HALOGRAD_TABLE_KERNEL)
#error "compile with HALOGRAD_TABLE_KERNEL (the name of the kernel)"
#endif

namespace {

using halograd::Columns;
using halograd::Geometry;
using halograd::Grid;
using halograd::NodeSums;
using halograd::TableBlock;
using halograd::TableProblem;

constexpr int kImages = 3;  // of the box along the line of sight: -1, 0 and 1
constexpr std::size_t kScratchAlignment = 64;  // of a cache line

struct ReleaseScratch {
  void operator()(char* memory) const {
    ::operator delete[](memory, std::align_val_t{kScratchAlignment});
  }
};

// The coefficients of one point, added at once.
template <int kPerPoint>
struct Coefficients;

template <>
struct Coefficients<1> {
  using Value = double;
};

template <>
struct Coefficients<2> {
  using Value = double __attribute__((vector_size(16)));
};

template <>
struct Coefficients<4> {
  using Value = double __attribute__((vector_size(32)));
};

template <int kPerPoint, bool kFull>
class NodeCounter {
 public:
  explicit NodeCounter(const TableProblem& problem)
      : problem_(problem),
        grid_(*problem.grid),
        geometry_(*problem.geometry),
        columns_(problem.columns),
        around_(grid_, geometry_, columns_, Sides::kOne),
        apart_(grid_, geometry_, columns_, around_) {
    row_bytes_ = problem.n_place * static_cast<std::int64_t>(sizeof(H));
    const std::int64_t n_row = geometry_.is_summed ? geometry_.n_edge + 1 : geometry_.n_slot();
    scratch_.reset(new (std::align_val_t{kScratchAlignment}) char[n_row * row_bytes_]);
    std::memset(scratch_.get(), 0, n_row * row_bytes_);
  }
  NodeCounter(const NodeCounter&) = delete;
  NodeCounter& operator=(const NodeCounter&) = delete;

  void count(std::int64_t begin, std::int64_t end, NodeSums sums) {
    while (begin < end) {
      begin = gather_group(begin, end);
      around_.enter_cell(group_.cell);
      for (int g = 0; g < group_.n; ++g) find_runs(g);
      for (int g = 0; g < group_.n; ++g) {
        for (int image = 0; image < kImages; ++image) add_runs(g, image);
        finish(sums);
        sums.values += static_cast<std::int64_t>(geometry_.n_bin()) * problem_.n_node;
        sums.filled += geometry_.n_bin();
      }
    }
  }

 private:
  using H = typename Coefficients<kPerPoint>::Value;
  using V = Lanes<float>;
  using Index = LaneIndex<float>;
  static constexpr int kWidth = kLanes<float>;

  // The next points that share a cell; returns where the search goes on.
  std::int64_t gather_group(std::int64_t begin, std::int64_t end) {
    const auto place = [&](Vantage& centre, std::int64_t i, int* cell) {
      around_.place(centre, problem_.points + 3 * i, i, cell);
    };
    return group_.gather(begin, end, place, [](std::int64_t) { return false; });
  }

  // All runs of a group before any is added: their chains of lookups overlap.
  void find_runs(int g) {
    around_.classify_columns(group_.centres[g]);
    for (int image = 0; image < kImages; ++image) {
      reaches_[image][g] = around_.reaches(group_.centres[g], image - 1);
      if (!reaches_[image][g]) continue;
      around_.find_runs(group_.centres[g], image - 1, low_[image] + g, high_[image] + g);
    }
  }

  void add_runs(int g, int image) {
    if (!reaches_[image][g]) return;
    const Vantage& centre = group_.centres[g];
    for (int o = 0; o < around_.n_offset(); ++o) {
      std::int32_t low = low_[image][o * kGroup + g];
      const std::int32_t high = high_[image][o * kGroup + g], column = around_.column(o);
      if (around_.is_own(o)) {
        if (image < 1) continue;
        if (image == 1) low = std::max(low, after_itself(centre, column));
      }
      if (low >= high || centre.edge_low[o] >= geometry_.n_edge) continue;
      const std::int64_t start = columns_.offset[column];
      add(centre, {start + low, start + high, o, centre.edge_low[o], centre.edge_high[o], image - 1});
    }
  }

  std::int32_t after_itself(const Vantage& centre, std::int32_t column) const {
    return static_cast<std::int32_t>(centre.index - problem_.starts[column]) + 1;
  }

  void add(const Vantage& centre, const Run& run) {
    if (!geometry_.is_summed) {
      const auto slots = [&](const auto& from, std::int64_t j, Index& is_unclear) {
        return apart_.slots(from, run, j, is_unclear);
      };
      return add_to_rows(centre, run, slots);
    }
    switch (run.edge_high - run.edge_low) {
      case 0: return add_to_row(run);
      case 1: return add_cut<1>(centre, run);
      case 2: return add_cut<2>(centre, run);
      default: return add_cut<0>(centre, run);
    }
  }

  void add_to_row(const Run& run) {
    if (run.edge_low == 0) return;
    char* row = scratch_.get() + run.edge_low * row_bytes_;
    const std::int32_t* place = problem_.place;
    const double* coefficients = problem_.coefficients;
    for (std::int64_t j = run.begin; j < run.end; ++j) {
      add_one(row + place[j], coefficients + j * kPerPoint);
    }
  }

  // kCut edges, a number that the compiler knows, or any number if 0.
  template <int kCut>
  void add_cut(const Vantage& centre, const Run& run) {
    Run known = run;
    if (kCut > 0) known.edge_high = run.edge_low + kCut;
    const auto rows = [&](const auto& from, std::int64_t j, Index& is_unclear)
        __attribute__((always_inline)) {
      return apart_.rows(apart_.squared(from, j), known, is_unclear);
    };
    add_to_rows(centre, run, rows);
  }

  template <class Rows>
  __attribute__((always_inline)) void add_to_rows(const Vantage& centre, const Run& run,
                                                  const Rows& rows_of) {
    const auto from = apart_.viewpoint(centre, run);
    const Index bytes = Index{} + static_cast<int>(row_bytes_);
    const std::int32_t* place = problem_.place;
    const double* coefficients = problem_.coefficients + run.begin * kPerPoint;
    char* const scratch = scratch_.get();
    std::uint32_t to[kWidth];
    const auto find = [&](std::int64_t j) __attribute__((always_inline)) {
      Index is_unclear{};
      Index row = rows_of(from, j, is_unclear);
      if (__builtin_expect(any(is_unclear), 0)) row = settled(centre, run, j, is_unclear, row);
      store(to, row * bytes + load<Index>(place + j));
      asm("" : "+m"(to));  // read back one by one: taking them out of the register costs more
    };
    std::int64_t j = run.begin;
    for (; j + kWidth <= run.end; j += kWidth) {
      find(j);
      for (int lane = 0; lane < kWidth; ++lane) {
        add_one(scratch + to[lane], coefficients);
        coefficients += kPerPoint;
      }
    }
    if (j == run.end) return;
    find(j);
    for (int lane = 0; lane < run.end - j; ++lane) {
      add_one(scratch + to[lane], coefficients);
      coefficients += kPerPoint;
    }
  }

  static __attribute__((always_inline)) void add_one(char* to, const double* coefficients) {
    H* sum = reinterpret_cast<H*>(to);
    *sum += load<H>(coefficients);
  }

  __attribute__((noinline, cold)) Index settled(const Vantage& centre, const Run& run,
                                                std::int64_t j, Index is_unclear, Index row) const {
    double shift[3];
    apart_.image_shift(run, shift);
    is_unclear &= apart_.lanes_inside(run, j);
    for (int lane = 0; lane < kWidth; ++lane) {
      if (!is_unclear[lane]) continue;
      const double* other =
          problem_.points + 3 * static_cast<std::int64_t>(columns_.source[j + lane]);
      row[lane] = geometry_.is_summed
                      ? halograd::exact_edges_below(geometry_, centre.position, other, shift)
                      : halograd::exact_slot(geometry_, centre.position, other, shift);
    }
    return row;
  }

  void finish(const NodeSums& sums) {
    const int n_sight = geometry_.n_sight_edge - 1, n_bin = geometry_.n_bin();
    for (int bin = 0; bin < n_bin; ++bin) {
      const int row = geometry_.is_summed
                          ? bin + 1
                          : (bin / n_sight + 1) * geometry_.n_sight_column() + bin % n_sight + 1;
      sums.filled[bin] = take_row(row, sums.values + static_cast<std::int64_t>(bin) * problem_.n_node);
    }
  }

  // Empties a row of the scratch into sums by node; whether there was anything in it.
  bool take_row(int row, double* by_node) {
    H* first = reinterpret_cast<H*>(scratch_.get() + row * row_bytes_);
    if (!any_in(first)) return false;
    std::memset(by_node, 0, sizeof(double) * problem_.n_node);
    const std::int32_t* node = problem_.place_nodes;
    for (int p = 0; p < problem_.n_place; ++p, node += kPerPoint) {
      const H total = first[p];
      first[p] = H{};
      double parts[kPerPoint];
      __builtin_memcpy(parts, &total, sizeof parts);
      for (int q = 0; q < kPerPoint; ++q) by_node[node[q]] += parts[q];
    }
    return true;
  }

  bool any_in(const H* row) const {
    constexpr int n_word = sizeof(H) / sizeof(std::uint64_t);
    std::uint64_t words[n_word], all[n_word] = {};
    for (int p = 0; p < problem_.n_place; ++p) {
      __builtin_memcpy(words, row + p, sizeof words);
      for (int word = 0; word < n_word; ++word) all[word] |= words[word];
    }
    for (int word = 1; word < n_word; ++word) all[0] |= all[word];
    return all[0] != 0;
  }

  const TableProblem& problem_;
  const Grid& grid_;
  const Geometry& geometry_;
  const Columns<float>& columns_;
  Neighbourhood<float, kFull> around_;
  Separations<float, kFull> apart_;
  std::int64_t row_bytes_;
  std::unique_ptr<char, ReleaseScratch> scratch_;  // (n_row, n_place) sums of a point
  Group<Vantage> group_;
  bool reaches_[kImages][kGroup];
  std::int32_t low_[kImages][kMaxOffsets * kGroup], high_[kImages][kMaxOffsets * kGroup];
};

template <int kPerPoint, bool kFull>
void sum_with(const TableProblem& problem, std::int64_t begin, std::int64_t end,
              const NodeSums& sums) {
  // On the heap: too large for a stack.
  const auto counter = std::make_unique<NodeCounter<kPerPoint, kFull>>(problem);
  counter->count(begin, end, sums);
}

template <int kPerPoint>
void sum_in(const TableProblem& problem, std::int64_t begin, std::int64_t end,
            const NodeSums& sums) {
  if (problem.geometry->is_projected) {
    sum_with<kPerPoint, false>(problem, begin, end, sums);
  } else {
    sum_with<kPerPoint, true>(problem, begin, end, sums);
  }
}

void sum_around(const TableProblem& problem, std::int64_t begin, std::int64_t end,
                const NodeSums& sums) {
  switch (problem.n_per_point) {
    case 1: return sum_in<1>(problem, begin, end, sums);
    case 2: return sum_in<2>(problem, begin, end, sums);
    default: return sum_in<4>(problem, begin, end, sums);
  }
}

void add_products(const TableProblem& problem, std::int64_t begin, std::int64_t end,
                  const NodeSums& sums, const TableBlock& block, double* table) {
  const std::int64_t n_bin = problem.geometry->n_bin(), n_node = problem.n_node;
  const int m = problem.n_per_point;
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t of_bin = (i - begin) * n_bin + block.bin;
    if (!sums.filled[of_bin]) continue;
    const double* around = sums.values + of_bin * n_node;
    const std::int64_t entry = problem.entry[i];
    const std::int32_t* nodes =
        problem.place_nodes + problem.place[entry] / static_cast<int>(sizeof(double));
    for (int q = 0; q < m; ++q) {
      const double coefficient = problem.coefficients[entry * m + q];
      double* to = table + (block.bin * n_node + nodes[q]) * n_node;
      for (std::int64_t c = block.first_node; c < block.last_node; ++c) {
        to[c] += coefficient * around[c];
      }
    }
  }
}

}  // namespace

namespace halograd {

extern const TableKernel HALOGRAD_TABLE_KERNEL{sum_around, add_products};

}  // namespace halograd
