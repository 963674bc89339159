// What passes between the chip's fabric and its blocks.
package heron_pkg;

`ifdef HERON_PLANTED
  import "DPI-C" function int planted_bug();
`endif

  // One APB transfer, as every completer sees it; psel is apart. consume: a read whose side effects are wanted.
  // scan: a look at stored word addr[11:2], for test.
  typedef struct packed {
    logic        enable;
    logic        write;
    logic        consume;
    logic        scan;
    logic [11:0] addr;
    logic [31:0] wdata;
  } apb_request_t;

  // refused (pslverr): nothing happened. protect: the register is there, but not for this kind of access.
  typedef struct packed {
    logic        ready;
    logic        refused;
    logic        protect;
    logic [31:0] data;
  } apb_reply_t;

  // What happens to all blocks alike. warm, claimed, host_writes: one clock each; so is step_us when it isn't 0.
  typedef struct packed {
    logic        warm;         // warm reset
    logic        claimed;      // the management port has a new owner
    logic        host_writes;  // the host driver writes its fields for `phase`
    logic [2:0]  phase;        // of the workload; 0: no traffic
    logic [31:0] step_us;      // so much time passes now
    logic [31:0] epoch;        // of the management port's owner
  } env_t;

  // Who an instance is.
  typedef struct packed {
    logic [15:0] number;   // among all
    logic [15:0] index;    // among those of its type
    logic [15:0] count;    // of its type
    logic [6:0]  eighths;  // the chip's size
  } place_t;

  typedef logic [9:0] number_t;  // number of a register word in its block

  // The earlier of two times to an event; 0: there is none.
  function automatic logic [31:0] sooner(logic [31:0] a, logic [31:0] b);
    return (a == 0 || (b != 0 && b < a)) ? b : a;
  endfunction

endpackage
