// Pins to bytes and back: SPI mode 0, most significant bit first, oversampled by clk (at least four clocks a bit).
module spi_target (
  input  logic       clk,
  input  logic       rst_n,
  input  logic       sclk,
  input  logic       cs_n,
  input  logic       mosi,
  output logic       miso,
  output logic       selected,
  output logic       started,     // one clock: chip select fell
  output logic       rx_valid,    // one clock: rx_byte came in
  output logic [7:0] rx_byte,
  output logic       tx_take,     // one clock: tx_byte is taken, to go out with the next byte that comes in
  input  logic [7:0] tx_byte
);
  logic [2:0] sclk_q;
  logic [2:0] cs_q;
  logic [1:0] mosi_q;
  always_ff @(posedge clk)
    if (!rst_n) begin
      sclk_q <= '0;
      cs_q   <= '1;
      mosi_q <= '0;
    end else begin
      sclk_q <= {sclk_q[1:0], sclk};
      cs_q   <= {cs_q[1:0], cs_n};
      mosi_q <= {mosi_q[0], mosi};
    end

  wire rise = selected && sclk_q[2:1] == 2'b01;
  wire fall = selected && sclk_q[2:1] == 2'b10;
  assign selected = !cs_q[1];
  assign started  = cs_q[2:1] == 2'b10;

  logic [2:0] bits;    // of the current byte that are in
  logic [6:0] in;
  logic [7:0] out;
  assign rx_valid = rise && bits == 3'd7;
  assign rx_byte  = {in, mosi_q[1]};
  assign tx_take  = fall && bits == 3'd0;
  assign miso     = out[7];

  always_ff @(posedge clk)
    if (!rst_n) begin
      bits <= '0;
      in   <= '0;
      out  <= '0;
    end else if (!selected || started) begin
      bits <= '0;
      out  <= '0;
    end else begin
      if (rise) begin
        bits <= bits + 3'd1;
        in   <= rx_byte[6:0];
      end
      if (fall) out <= tx_take ? tx_byte : {out[6:0], 1'b0};
    end
endmodule
