let () = print_endline ("five" + 5)
