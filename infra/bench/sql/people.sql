INSERT INTO assignment_customer (id, email, name, cognito_sub)
SELECT seq, CONCAT('customer', seq, '@example.test'), CONCAT('Customer ', seq), CONCAT('customer-', seq)
FROM seq_101_to_20100;
INSERT INTO dentist_dentist (id, email, name) VALUES
    (6, 'dentist6@example.test', 'Dr. Six'), (7, 'dentist7@example.test', 'Dr. Seven');
