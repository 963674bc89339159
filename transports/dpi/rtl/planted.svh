// Bugs planted on purpose, to see whether a comparison with the model finds them. Only with HERON_PLANTED defined; then
// the program around the simulation says by its number which one is there (0: none). The list: planted.hpp.
`ifndef PLANTED
`ifdef HERON_PLANTED
`define PLANTED(N) (planted_bug() == N)
`else
`define PLANTED(N) 1'b0
`endif
`endif
