#pragma once

namespace shapes {
inline int square(int side) { return side * side; }
}  // namespace shapes
