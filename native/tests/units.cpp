// Tests of the pair library without Python and XLA: its parts, then whole counts by brute force.
//
// Built and run by native/tests/run.py, with sanitizers if asked to.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include "../src/columns.hpp"
#include "../src/dispatch.hpp"
#include "../src/geometry.hpp"
#include "../src/grid.hpp"
#include "../src/lanes.hpp"
#include "../src/neighbourhood.hpp"
#include "../src/separations.hpp"
#include "../src/threads.hpp"
#include "check.hpp"

extern "C" {
void halograd_sort_points(const double*, std::int64_t, const double*, const double*,
                          const std::int32_t*, double*, std::int32_t*, std::int32_t*);
const char* halograd_instruction_sets();
void* halograd_table_new(const double*, const std::int32_t*, const std::int32_t*, const double*,
                         const std::int32_t*, const double*, const double*, const std::int32_t*,
                         const std::int32_t*, const double*, std::int64_t, std::int64_t,
                         std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                         std::int64_t);
int halograd_table_add(void*, std::int64_t, std::int64_t, double*);
void halograd_table_free(void*);
}

namespace {

using namespace halograd;

constexpr std::int32_t kPoints = 300;
const double kBox[6] = {-3, 5, 0, 40, 30, 50};  // origin and sides
const std::int32_t kShape[2] = {7, 5};

// Half of the points at random, half in a clump across the corner of the box.
std::vector<double> some_points(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::normal_distribution<double> normal(0, 1.5);
  std::vector<double> points(3 * kPoints);
  for (std::int32_t i = 0; i < kPoints; ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      const double side = kBox[3 + axis];
      const double along = i % 2 ? side * uniform(random) : std::fmod(normal(random) + side, side);
      points[3 * i + axis] = kBox[axis] + std::min(std::max(along, 0.0), side * (1 - 1e-12));
    }
  }
  return points;
}

struct Sorted {
  std::vector<double> positions = std::vector<double>(3 * kPoints);
  std::vector<std::int32_t> rows = std::vector<std::int32_t>(kPoints);
  std::vector<std::int32_t> starts = std::vector<std::int32_t>(kShape[0] * kShape[1] + 1);
};

Sorted sorted(const std::vector<double>& points) {
  Sorted out;
  halograd_sort_points(points.data(), kPoints, kBox, kBox + 3, kShape, out.positions.data(),
                       out.rows.data(), out.starts.data());
  return out;
}

struct Separation {
  double across, depth;  // squared; without sign
};

Separation nearest(const double* first, const double* second) {
  double apart[3];
  for (int axis = 0; axis < 3; ++axis) {
    apart[axis] = std::fabs(first[axis] - second[axis]);
    apart[axis] = std::min(apart[axis], kBox[3 + axis] - apart[axis]);
  }
  return {apart[0] * apart[0] + apart[1] * apart[1], apart[2]};
}

struct Case {
  bool is_projected;
  std::vector<double> edges, sight_edges;
  std::vector<double> polynomials = {};  // (n_order, kMostMoments), of mu^2
  int n_order() const { return static_cast<int>(polynomials.size()) / kMostMoments; }
  Bins bins() const {
    return {edges.data(), static_cast<int>(edges.size()), sight_edges.data(),
            static_cast<int>(sight_edges.size()), is_projected, polynomials.data(), n_order(),
            n_order() ? kMostMoments : 1};
  }
  int n_bin() const {
    const int n_second = n_order() ? n_order() : static_cast<int>(sight_edges.size()) - 1;
    return static_cast<int>(edges.size() - 1) * n_second;
  }
  // What a pair in the bin of separation counts with in one of the bins.
  double factor(const double* first, const double* second, int order) const {
    const Separation pair = nearest(first, second);
    const double squared = pair.across + pair.depth * pair.depth;
    const double mu_squared = squared > 0 ? pair.depth * pair.depth / squared : 0;
    double power = 1, total = 0;
    for (int m = 0; m < kMostMoments; ++m, power *= mu_squared) {
      total += polynomials[order * kMostMoments + m] * power;
    }
    return total;
  }
  // The bin of a pair, or -1.
  int bin(const double* first, const double* second) const {
    const Separation pair = nearest(first, second);
    const double squared = is_projected ? pair.across : pair.across + pair.depth * pair.depth;
    double sight = pair.depth;
    if (!is_projected) sight = squared > 0 ? pair.depth / std::sqrt(squared) : 0;
    for (std::size_t row = 0; row + 1 < edges.size(); ++row) {
      if (squared < edges[row] * edges[row] || squared >= edges[row + 1] * edges[row + 1]) continue;
      for (std::size_t column = 0; column + 1 < sight_edges.size(); ++column) {
        const bool is_closed = !is_projected && sight_edges[column + 1] >= 1;
        if (sight >= sight_edges[column] && (is_closed || sight < sight_edges[column + 1])) {
          return static_cast<int>(row * (sight_edges.size() - 1) + column);
        }
      }
    }
    return -1;
  }
};

std::vector<Case> cases() {
  std::vector<double> many;
  for (int k = 0; k < 300; ++k) many.push_back(0.04 * k);
  return {{true, {0, 0.7, 3, 12}, {0, 20}},      {true, {0.5, 3, 12}, {0, INFINITY}},
          {true, many, {0, 9}},                  {true, {0, 3, 12}, {0, 5, 10, 15}},
          {true, {0, 3, 12}, {1, 2, 15}},        {false, {0, 0.7, 3, 12}, {0, 1}},
          {false, {0.5, 3, 12}, {0, 0.3, 0.31, 1}}, {false, {0, 3, 12}, {0.2, 0.7}}};
}

void test_lanes() {
  float values[kLanes<float>];
  double total = 0;
  for (int lane = 0; lane < kLanes<float>; ++lane) total += values[lane] = 1.5f * lane;
  const auto lanes = load<Lanes<float>>(values);
  CHECK(sum(folded(lanes)) == total);
  CHECK(any(lanes > values[kLanes<float> - 2]));
  CHECK(!any(lanes > values[kLanes<float> - 1]));
  const auto reversed = kLanes<float> - 1 - lane_numbers<float>();
  const auto found = look_up(values, reversed);
  for (int lane = 0; lane < kLanes<float>; ++lane) {
    CHECK(found[lane] == values[kLanes<float> - 1 - lane]);
  }
}

void test_points_are_sorted_by_column_and_depth() {
  const auto points = some_points(1);
  const Sorted out = sorted(points);
  const Grid grid = make_grid(kBox, kShape, kPoints);
  std::vector<bool> seen(kPoints);
  CHECK(out.starts.front() == 0 && out.starts.back() == kPoints);
  for (std::int64_t c = 0; c < grid.n_column(); ++c) {
    for (std::int32_t i = out.starts[c]; i < out.starts[c + 1]; ++i) {
      const double* position = out.positions.data() + 3 * i;
      seen[out.rows[i]] = true;
      CHECK(std::equal(position, position + 3, points.data() + 3 * out.rows[i]));
      CHECK(std::floor((position[0] - kBox[0]) / grid.width[0]) == c / kShape[1]);
      CHECK(std::floor((position[1] - kBox[1]) / grid.width[1]) == c % kShape[1]);
      CHECK(i == out.starts[c] || position[2] >= position[-1]);
    }
  }
  CHECK(std::all_of(seen.begin(), seen.end(), [](bool each) { return each; }));
}

void test_margins_enclose_the_edges() {
  const Grid grid = make_grid(kBox, kShape, kPoints);
  for (const Case& each : cases()) {
    const PreparedGeometry geometry = prepare_geometry(each.bins(), grid);
    CHECK(geometry.n_bin() == each.n_bin());
    for (int k = 0; k < geometry.n_edge; ++k) {
      CHECK(geometry.surely_below[k] <= geometry.squared[k]);
      CHECK(geometry.surely_beyond[k] >= geometry.squared[k]);
      CHECK(k == 0 || geometry.unclear_width[k] <= geometry.unclear_width[k - 1]);
    }
  }
}

// Every pair within reach is in exactly one run, and lies where the edges of its column say.
template <class T, bool kFull>
void test_runs(const Case& each) {
  const Sorted out = sorted(some_points(2));
  const Grid grid = make_grid(kBox, kShape, kPoints);
  const PreparedGeometry geometry = prepare_geometry(each.bins(), grid);
  OwnThreads team(1);
  ColumnStore<T> store({out.positions.data(), out.rows.data(), kPoints}, out.starts.data(), grid, true);
  const Columns<T>& columns = store.fill(team);
  Neighbourhood<T, kFull> around(grid, geometry, columns);
  const Separations<T, kFull> apart(grid, geometry, columns, around);
  std::vector<std::int32_t> low(kMaxOffsets * kGroup), high(kMaxOffsets * kGroup);
  Vantage point;
  for (std::int32_t i = 0; i < kPoints; ++i) {
    int cell[2];
    around.place(point, out.positions.data() + 3 * i, i, cell);
    around.enter_cell(cell);
    around.classify_columns(point);
    std::vector<int> times(kPoints);
    for (int image = -1; image <= 1; ++image) {
      if (!around.reaches(point, image)) continue;
      around.find_runs(point, image, low.data(), high.data());
      for (int o = 0; o < around.n_offset(); ++o) {
        const std::int64_t start = columns.offset[around.column(o)];
        const Run run{start + low[o * kGroup], start + high[o * kGroup], o, point.edge_low[o],
                      point.edge_high[o], image};
        for (std::int64_t j = run.begin; j < run.end; ++j) {
          double shift[3];
          apart.image_shift(run, shift);
          const double* other = out.positions.data() + 3 * columns.source[j];
          const int below = exact_edges_below(geometry, point.position, other, shift);
          CHECK(below >= run.edge_low && below <= run.edge_high);
          const auto from = apart.viewpoint(point, run);
          const double squared = apart.squared(from, j)[0];
          const Separation pair = nearest(point.position, other);
          const double truth = kFull ? pair.across + pair.depth * pair.depth : pair.across;
          if (below == geometry.n_edge) continue;  // as of another image of the box
          ++times[columns.source[j]];
          CHECK(std::fabs(squared - truth) <= 1e-5 * (1 + truth));
        }
      }
    }
    for (std::int32_t j = 0; j < kPoints; ++j) {
      const double* other = out.positions.data() + 3 * j;
      if (each.bin(point.position, other) >= 0) CHECK(times[j] == 1);
      CHECK(times[j] <= 1);
    }
  }
}

void test_groups_share_a_cell() {
  const Sorted out = sorted(some_points(3));
  const auto place = [&](int& centre, std::int64_t i, int* cell) {
    centre = static_cast<int>(i);
    cell[0] = static_cast<int>(i) / 10;
    cell[1] = 0;
  };
  Group<int> group;
  std::vector<int> met;
  for (std::int64_t begin = 0; begin < 35;) {
    begin = group.gather(begin, 35, place, [](std::int64_t i) { return i % 3 == 0; });
    CHECK(group.n <= kGroup);
    for (int g = 0; g < group.n; ++g) {
      met.push_back(group.centres[g]);
      CHECK(group.centres[g] / 10 == group.cell[0]);
    }
  }
  int expected = 0;
  for (int i : met) {
    while (expected % 3 == 0) ++expected;
    CHECK(i == expected++);
  }
  CHECK(met.size() == 23);
}

// All three sinks against brute force, in bins of float64.
template <class T>
void test_counts(const Case& each, int n_sample) {
  const Sorted out = sorted(some_points(4));
  const Grid grid = make_grid(kBox, kShape, kPoints);
  const PreparedGeometry geometry = prepare_geometry(each.bins(), grid);
  const int n_bin = geometry.n_bin();
  std::vector<T> weights(kPoints * n_sample), cotangent(n_sample * n_bin);
  std::mt19937 random(5);
  for (T& weight : weights) weight = static_cast<T>(random() % 4);  // whole: sums are exact
  for (T& value : cotangent) value = static_cast<T>(random() % 3);
  OwnThreads team(2);
  ColumnStore<T> store({out.positions.data(), out.rows.data(), kPoints}, out.starts.data(), grid, true);
  const Problem<T> problem{&grid, &geometry, out.positions.data(), out.positions.data(),
                           store.fill(weights.data(), n_sample, 0, n_sample, team), n_sample};
  std::vector<double> expected(kPoints * n_sample * n_bin), totals(n_sample * n_bin), partial(totals);
  for (int i = 0; i < kPoints; ++i) {
    for (int j = 0; j < kPoints; ++j) {
      const int bin = each.bin(out.positions.data() + 3 * i, out.positions.data() + 3 * j);
      for (int s = 0; s < n_sample && bin >= 0; ++s) {
        const double weight = weights[out.rows[j] * n_sample + s];
        expected[(out.rows[i] * n_sample + s) * n_bin + bin] += weight;
        totals[s * n_bin + bin] += weight * weights[out.rows[i] * n_sample + s];
      }
    }
  }
  std::vector<T> around(expected.size()), contracted(kPoints * n_sample);
  Output<T> output{Sink::kPerPoint, out.rows.data(), n_sample, 0, weights.data(), cotangent.data(),
                   around.data(), nullptr};
  around_points<T>()(problem, output, 0, kPoints);
  CHECK(std::equal(around.begin(), around.end(), expected.begin()));
  output.sink = Sink::kContracted;
  output.values = contracted.data();
  around_points<T>()(problem, output, 0, kPoints / 3);
  around_points<T>()(problem, output, kPoints / 3, kPoints);
  for (int place = 0; place < kPoints * n_sample; ++place) {
    double sum = 0;
    for (int bin = 0; bin < n_bin; ++bin) {
      sum += cotangent[place % n_sample * n_bin + bin] * expected[place * n_bin + bin];
    }
    CHECK(contracted[place] == sum);
  }
  output.sink = Sink::kTotals;
  output.partial = partial.data();
  around_points<T>()(problem, output, 0, kPoints);
  CHECK(partial == totals);
}

// Polynomials of mu^2 in place of bins: all three sinks within 2e-5 of the monopole in float.
template <class T>
void test_moments(const Case& each, int n_sample) {
  const Sorted out = sorted(some_points(7));
  const Grid grid = make_grid(kBox, kShape, kPoints);
  const PreparedGeometry geometry = prepare_geometry(each.bins(), grid);
  const int n_bin = geometry.n_bin(), n_order = each.n_order();
  CHECK(n_bin == each.n_bin());
  std::vector<T> weights(kPoints * n_sample), cotangent(n_sample * n_bin);
  std::mt19937 random(8);
  for (T& weight : weights) weight = static_cast<T>(random() % 4);
  for (T& value : cotangent) value = static_cast<T>(random() % 3);
  OwnThreads team(2);
  ColumnStore<T> store({out.positions.data(), out.rows.data(), kPoints}, out.starts.data(), grid, true);
  const Problem<T> problem{&grid, &geometry, out.positions.data(), out.positions.data(),
                           store.fill(weights.data(), n_sample, 0, n_sample, team), n_sample};
  std::vector<double> expected(kPoints * n_sample * n_bin), totals(n_sample * n_bin), partial(totals);
  std::vector<double> count(kPoints * n_sample), counts(n_sample);  // of all pairs, for the scale
  for (int i = 0; i < kPoints; ++i) {
    for (int j = 0; j < kPoints; ++j) {
      const double *first = out.positions.data() + 3 * i, *second = out.positions.data() + 3 * j;
      const int row = each.bin(first, second);
      for (int s = 0; s < n_sample && row >= 0; ++s) {
        const double weight = weights[out.rows[j] * n_sample + s];
        const int place = out.rows[i] * n_sample + s;
        for (int order = 0; order < n_order; ++order) {
          const double product = weight * each.factor(first, second, order);
          expected[place * n_bin + row * n_order + order] += product;
          totals[s * n_bin + row * n_order + order] += product * weights[place];
        }
        count[place] += weight;
        counts[s] += weight * weights[place];
      }
    }
  }
  const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-13;
  std::vector<T> around(expected.size()), contracted(kPoints * n_sample);
  Output<T> output{Sink::kPerPoint, out.rows.data(), n_sample, 0, weights.data(), cotangent.data(),
                   around.data(), nullptr};
  around_points<T>()(problem, output, 0, kPoints);
  output.sink = Sink::kContracted;
  output.values = contracted.data();
  around_points<T>()(problem, output, 0, kPoints);
  for (int place = 0; place < kPoints * n_sample; ++place) {
    double sum = 0;
    for (int bin = 0; bin < n_bin; ++bin) {
      const double found = around[place * n_bin + bin], truth = expected[place * n_bin + bin];
      CHECK(std::fabs(found - truth) <= tolerance * count[place]);
      if (each.polynomials[bin % n_order * kMostMoments + 1] == 0) CHECK(found == truth);
      sum += cotangent[place % n_sample * n_bin + bin] * truth;
    }
    CHECK(std::fabs(contracted[place] - sum) <= 2 * n_order * tolerance * count[place]);
  }
  output.sink = Sink::kTotals;
  output.partial = partial.data();
  around_points<T>()(problem, output, 0, kPoints);
  for (int place = 0; place < n_sample * n_bin; ++place) {
    CHECK(std::fabs(partial[place] - totals[place]) <= tolerance * counts[place / n_bin]);
  }
}

// Pair counts between nodes: each pair once, in both precisions' bins.
void test_table(const Case& each, int m) {
  const Sorted out = sorted(some_points(6));
  constexpr std::int64_t kNodes = 4;
  std::vector<std::int32_t> place_nodes, place(kPoints);
  for (std::int32_t p = 0; p < kNodes; ++p) {
    for (int q = 0; q < m; ++q) place_nodes.push_back((p + q) % kNodes);
  }
  std::vector<double> coefficients(kPoints * m);
  for (std::int32_t i = 0; i < kPoints; ++i) place[i] = i % kNodes;
  for (std::size_t k = 0; k < coefficients.size(); ++k) coefficients[k] = k % 5;
  const int n_bin = each.n_bin();
  std::vector<double> found(n_bin * kNodes * kNodes), expected(found);
  void* table = halograd_table_new(
      out.positions.data(), out.rows.data(), out.starts.data(), kBox, kShape, each.edges.data(),
      each.sight_edges.data(), place_nodes.data(), place.data(), coefficients.data(), kPoints,
      each.edges.size(), each.sight_edges.size(), each.is_projected, m, kNodes, kNodes, 2);
  CHECK(table != nullptr);
  CHECK(halograd_table_add(table, 0, 100, found.data()) == 0);
  CHECK(halograd_table_add(table, 100, kPoints, found.data()) == 0);
  halograd_table_free(table);
  for (std::int32_t i = 0; i < kPoints; ++i) {
    for (std::int32_t j = 0; j < kPoints; ++j) {
      const int bin = each.bin(out.positions.data() + 3 * i, out.positions.data() + 3 * j);
      if (bin < 0 || i == j) continue;
      for (int q = 0; q < m; ++q) {
        for (int r = 0; r < m; ++r) {
          const int a = place_nodes[place[i] * m + q], c = place_nodes[place[j] * m + r];
          expected[(bin * kNodes + a) * kNodes + c] += coefficients[i * m + q] * coefficients[j * m + r];
        }
      }
    }
  }
  for (int bin = 0; bin < n_bin; ++bin) {
    for (int a = 0; a < kNodes; ++a) {
      for (int c = 0; c < kNodes; ++c) {
        const double both = found[(bin * kNodes + a) * kNodes + c] + found[(bin * kNodes + c) * kNodes + a];
        CHECK(both == expected[(bin * kNodes + a) * kNodes + c]);
      }
    }
  }
}

std::vector<Case> moment_cases() {
  const std::vector<double> legendre = {1, 0, 0, -0.5, 1.5, 0, 0.375, -3.75, 4.375};
  std::vector<double> many;
  for (int k = 0; k < 200; ++k) many.push_back(0.06 * k);
  return {{false, {0, 0.7, 3, 12}, {0, 1}, legendre}, {false, {0.5, 12}, {0, 1}, legendre},
          {false, {0, 0.001, 0.1, 3, 4, 5, 6, 7, 12}, {0, 1}, {1, 0, 0, -0.5, 1.5, 0}},
          {false, many, {0, 1}, legendre}};
}

void test_threads_run_every_task_once() {
  std::array<std::atomic<int>, 1000> times{};
  OwnThreads team(3);
  team.run(1000, [&](std::int64_t task) { ++times[task]; });
  CHECK(std::all_of(times.begin(), times.end(), [](const auto& each) { return each == 1; }));
  bool is_told = false;
  try {
    team.run(100, [](std::int64_t task) {
      if (task == 50) throw std::runtime_error("told");
    });
  } catch (const std::runtime_error&) {
    is_told = true;
  }
  CHECK(is_told);
}

}  // namespace

int main() {
  std::printf("kernel: %s of %s\n", instruction_set(), halograd_instruction_sets());
  test_lanes();
  test_points_are_sorted_by_column_and_depth();
  test_margins_enclose_the_edges();
  test_groups_share_a_cell();
  test_threads_run_every_task_once();
  for (const Case& each : moment_cases()) {
    for (int n_sample = 1; n_sample <= kMaxSamples; ++n_sample) {
      test_moments<float>(each, n_sample);
      test_moments<double>(each, n_sample);
    }
  }
  for (const Case& each : cases()) {
    if (each.is_projected) {
      test_runs<float, false>(each);
      test_runs<double, false>(each);
    } else {
      test_runs<float, true>(each);
      test_runs<double, true>(each);
    }
    for (int n_sample = 1; n_sample <= kMaxSamples; ++n_sample) {
      test_counts<float>(each, n_sample);
      test_counts<double>(each, n_sample);
    }
    for (int m : {1, 2, 4}) test_table(each, m);
  }
  std::printf(n_failed ? "%d checks failed\n" : "all checks passed\n", n_failed);
  return n_failed != 0;
}
