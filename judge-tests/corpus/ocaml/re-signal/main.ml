let () =
  print_endline "hello";
  print_int (List.assoc "Ada" [])
