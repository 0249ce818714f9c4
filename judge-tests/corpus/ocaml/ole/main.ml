let () =
  while true do
    print_endline "one more line of no use to anyone"
  done
