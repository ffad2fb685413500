#include "matrix.h"

namespace foresee {

void multiply(const Product& p, int count, const Term* terms, float* c, bool add) {
    if (p.aStep == 1) multiply_as<true>(p, count, terms, c, add);
    else multiply_as<false>(p, count, terms, c, add);
}

} // namespace foresee
