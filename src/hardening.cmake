# What the published binary is built with (scripts/package holds it to that). Not with sanitizers, which bring their own
# checks and mislike fortified calls; not without optimisation, where _FORTIFY_SOURCE does nothing but warn.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT BATCHCTL_SANITIZE AND NOT BATCHCTL_FUZZ)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(batchctl_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>
    # Neither the place of the sources nor that of the build is in the binary: two builds are equal.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
  target_link_options(batchctl_flags INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie> -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
endif()
