# For CMake: the compiler is zig, the target what build/engine.sh put into the environment.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $ENV{ENGINE_ARCH})
set(CMAKE_C_COMPILER $ENV{ENGINE_TOOLS}/zig-cc)
set(CMAKE_CXX_COMPILER $ENV{ENGINE_TOOLS}/zig-c++)
set(CMAKE_AR $ENV{ENGINE_TOOLS}/zig-ar)
set(CMAKE_RANLIB $ENV{ENGINE_TOOLS}/zig-ranlib)
