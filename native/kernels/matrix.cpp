#include "matrix.h"

#include <algorithm>
#include <vector>

namespace foresee {
namespace {

// B in plain rows, copied panel by panel: rows that lie a power of two apart would push each other out of the cache.
void multiply_copied(Product p, int count, const Term* terms, float* c, bool add) {
    thread_local std::vector<float> copy;
    copy.resize(count * p.inner * Panel);
    Term copied[MaximumTerms];
    for (int t = 0; t < count; t++) copied[t] = {terms[t].a, copy.data() + t * p.inner * Panel};
    const int64_t step = p.bStep;
    p.bStep = Panel;
    for (int64_t column = 0; column < p.columns; column += Panel) {
        const int64_t width = std::min<int64_t>(Panel, p.columns - column);
        float* to = copy.data();
        for (int t = 0; t < count; t++)
            for (int64_t k = 0; k < p.inner; k++, to += Panel)
                for (int64_t v = 0; v < width; v += Width) store(to + v, load(terms[t].b + k * step + column + v));
        if (width == Panel) panel<2, false>(p, count, copied, 0, c + column, add);
        else panel<1, false>(p, count, copied, 0, c + column, add);
    }
}

} // namespace

void multiply(const Product& p, int count, const Term* terms, float* c, bool add) {
    if (p.aStep == 1) multiply_as<true>(p, count, terms, c, add);
    else if (p.rows >= 4 * TileRows && p.bStep >= 256) multiply_copied(p, count, terms, c, add);
    else multiply_as<false>(p, count, terms, c, add);
}

} // namespace foresee
