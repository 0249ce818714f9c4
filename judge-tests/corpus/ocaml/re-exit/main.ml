let () =
  print_endline "hello";
  exit 3
