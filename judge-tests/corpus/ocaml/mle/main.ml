let () =
  let pieces = ref [] in
  for i = 1 to 512 do
    pieces := Bytes.make (4 lsl 20) (Char.chr (65 + (i mod 26))) :: !pieces
  done;
  Printf.printf "hello %d\n" (List.length !pieces)
